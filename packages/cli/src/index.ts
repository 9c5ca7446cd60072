export type { DoctorReport, Finding, StepId, StepReport, Verdict } from './doctor/report.ts';
export { type DoctorOptions, runDoctor } from './doctor/run-steps.ts';
export { type Proxy, type ProxyOptions, startProxy } from './proxy/start-proxy.ts';
