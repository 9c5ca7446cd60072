// One child process per scenario: @azure/identity keeps its cache and endpoints in statics.
import { DefaultAzureCredential } from '@azure/identity';

const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
try {
  const { token } = await credential.getToken('https://ossrdbms-aad.database.windows.net/.default');
  process.stdout.write(token);
} catch (error) {
  process.stderr.write(error.message);
  process.exitCode = 1;
}
