import { type Attributes, type SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { errorAttributes } from './attributes.ts';

/** A span, and what is told when it is over. */
export interface PastSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Milliseconds. */
  readonly duration: number;
  readonly failure?: { readonly error: unknown } | undefined;
}

/** Records what has just ended, as a child of the span in which it ran. */
export function recordSpan(tracer: Tracer, { name, kind, attributes, duration, failure }: PastSpan): void {
  const endTime = Date.now();
  // The parent is left to the provider, whose copy of the API is the one that knows the active span.
  const span = tracer.startSpan(name, { kind, attributes, startTime: endTime - duration });
  if (failure !== undefined) {
    span.setAttributes(errorAttributes(failure.error));
    const { message } = (failure.error ?? {}) as { message?: string };
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
  }
  span.end(endTime);
}
