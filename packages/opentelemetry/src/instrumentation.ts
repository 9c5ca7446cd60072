import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DiagnosticsChannel, DiagnosticsMessages } from '@azure-pg/core';
import { diag, type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import packageJson from '../package.json' with { type: 'json' };
import { type Instruments, instrumentsOf } from './instruments.ts';
import { type Recorder, recorders } from './recorders.ts';

/** Of {@link AzurePgInstrumentation}, as of every instrumentation. */
export interface AzurePgInstrumentationConfig {
  /** Whether it begins at once. Default: true. */
  enabled?: boolean;
}

/**
 * Metrics and spans of what `@azure-pg/*` does below a driver: connects, Entra tokens, retries, changes of the server. An instrumentation
 * as OpenTelemetry's are: for `registerInstrumentations`, for `NodeSDK`, or on its own.
 *
 * It listens on the channels of `node:diagnostics_channel`, so neither the order of imports nor a bundler matters, and it hears all adapters.
 * Without providers of its own it uses the global ones, whenever those are set. Nothing that it records holds a token, a password or a
 * role's name as an attribute.
 *
 * ```ts
 * registerInstrumentations({ instrumentations: [new AzurePgInstrumentation()] });
 * ```
 */
export class AzurePgInstrumentation {
  /** Also the name of its tracer and meter. */
  readonly instrumentationName: string = packageJson.name;
  /** This package's. */
  readonly instrumentationVersion: string = packageJson.version;
  #config: AzurePgInstrumentationConfig;
  #tracerProvider: TracerProvider | undefined;
  #meterProvider: MeterProvider | undefined;
  #measured: { readonly by: MeterProvider; readonly instruments: Instruments } | undefined;
  #stop: (() => void) | undefined;

  constructor(config: AzurePgInstrumentationConfig = {}) {
    this.#config = { enabled: true, ...config };
    if (this.#config.enabled) this.enable();
  }

  /** Begins to listen; nothing where it does already. */
  enable(): void {
    if (this.#stop !== undefined) return;
    const stops = Object.entries(recorders).map(([channel, record]) =>
      this.#listen(channel as DiagnosticsChannel, record as Recorder<DiagnosticsChannel>),
    );
    this.#stop = () => {
      for (const stop of stops) stop();
    };
  }

  /** Listens no more, until {@link enable}. */
  disable(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Whose spans these are. Default: the global provider. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracerProvider = provider;
  }

  /** Whose metrics these are. Default: the global provider. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meterProvider = provider;
  }

  /** Replaces the configuration; `enabled` is for the constructor. */
  setConfig(config: AzurePgInstrumentationConfig): void {
    this.#config = { enabled: true, ...config };
  }

  /** What it was configured with. */
  getConfig(): AzurePgInstrumentationConfig {
    return this.#config;
  }

  #listen(channel: DiagnosticsChannel, record: Recorder<DiagnosticsChannel>): () => void {
    const onMessage = (message: unknown): void => {
      try {
        record(message as DiagnosticsMessages[DiagnosticsChannel], {
          instruments: this.#instruments(),
          tracer: (this.#tracerProvider ?? trace).getTracer(
            this.instrumentationName,
            this.instrumentationVersion,
          ),
        });
      } catch (error) {
        // What a subscriber throws would end the process.
        diag.error(`${this.instrumentationName} could not record ${channel}`, error);
      }
    };
    subscribe(channel, onMessage);
    return () => unsubscribe(channel, onMessage);
  }

  /** Made again when the provider is another one: the global one may be set after this began. */
  #instruments(): Instruments {
    const by = this.#meterProvider ?? metrics.getMeterProvider();
    if (this.#measured?.by !== by) {
      const meter = by.getMeter(this.instrumentationName, this.instrumentationVersion);
      this.#measured = { by, instruments: instrumentsOf(meter) };
    }
    return this.#measured.instruments;
  }
}
