/** Which identity to sign in as, where the user gave no credential. */
export interface AzureIdentitySettings {
  readonly authorityHost?: string | undefined;
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly managedIdentityResourceId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** `always`: @azure/identity gets every token. Default: also the platform is asked without it. */
  readonly azureIdentity?: 'when_needed' | 'always' | undefined;
}
