import { detectPooling, explainError, openConnection, resolveConnection } from '@azure-pg/core';
import { driverCredentials } from '@azure-pg/core/adapter';

export const connection = resolveConnection('postgresql://localhost/app');
export const open = () => openConnection(connection);
export const pooling = () => detectPooling(connection);
export const explanation = explainError(new Error('x'));
export const credentials = driverCredentials('postgresql://localhost/app');
