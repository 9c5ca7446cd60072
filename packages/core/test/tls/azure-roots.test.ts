import { X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { azureRoots } from '../../src/azure/roots.ts';

const published = {
  'DigiCert Global Root G2': 'CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F',
  'Microsoft RSA Root Certificate Authority 2017':
    'C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0',
  'Microsoft ECC Root Certificate Authority 2017':
    '358DF39D764AF9E1B766E9C972DF352EE15CFAC227AF6AD1D70E8E4A6EDCBA02',
  'DigiCert Global Root CA': '4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161',
} as const;
const warningDays = 400;
const day = 24 * 60 * 60 * 1000;
const lines: string[] = [];
afterAll(() => console.log(lines.join('\n')));

describe('the roots shipped for Azure', () => {
  it.each(azureRoots('china').map((root) => [root.name, root] as const))(
    '%s is the published one, and lives on',
    (name, root) => {
      const certificate = new X509Certificate(root.pem);
      const fingerprint = certificate.fingerprint256.replaceAll(':', '');
      expect(fingerprint).toBe(published[name as keyof typeof published]);
      expect(root.sha256).toBe(fingerprint);
      expect(certificate.ca).toBe(true);
      expect(certificate.subject).toContain(`CN=${name}`);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      const left = Math.floor((Date.parse(certificate.validTo) - Date.now()) / day);
      lines.push(`${name}: until ${certificate.validTo}, ${left} days`);
      expect(left, `${name} ends in ${left} days: see what Azure will use instead`).toBeGreaterThan(
        warningDays,
      );
    },
  );

  it('DigiCert Global Root CA, which is being distrusted, is there for the China cloud alone', () => {
    const names = (cloud: 'public' | 'us-government' | 'china' | undefined): string[] =>
      azureRoots(cloud).map(({ name }) => name);
    expect(names('china')).toContain('DigiCert Global Root CA');
    for (const cloud of ['public', 'us-government', undefined] as const) {
      expect(names(cloud)).not.toContain('DigiCert Global Root CA');
      expect(names(cloud)).toHaveLength(3);
    }
  });
});
