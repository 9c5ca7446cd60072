import { BlockList, isIP } from 'node:net';

const privateRanges = new BlockList();
for (const [address, bits] of [
  // RFC 1918, RFC 6598 (shared), RFC 3927 (link-local)
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const) {
  privateRanges.addSubnet(address, bits, 'ipv4');
}
// RFC 4193 (unique local), link-local
privateRanges.addSubnet('fc00::', 7, 'ipv6');
privateRanges.addSubnet('fe80::', 10, 'ipv6');

/** An address that only a private network reaches. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && privateRanges.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
