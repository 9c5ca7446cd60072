/** Who gave a setting; earlier in this list wins over later. */
export type SettingSource =
  | 'options'
  | 'connection string'
  | 'service file'
  | 'environment'
  | 'derived'
  | 'default';
