import { startEmulator } from '@azure-pg/emulator';

export const emulator = () => startEmulator();
