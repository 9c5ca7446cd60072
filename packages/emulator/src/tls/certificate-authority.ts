import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import * as der from './der.ts';

const makeKeyPair = promisify(generateKeyPair);
const hour = 60 * 60 * 1000;

/** A certificate and its private key, both PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface IssueOptions {
  /** DNS names and IP addresses for the subject alternative names. An empty list gives a certificate without any. */
  readonly names: readonly string[];
  /** The subject's common name. Default: the first of `names`. */
  readonly commonName?: string;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: in 30 days. */
  readonly notAfter?: Date;
  /** Signs with the certificate's own key instead of the authority's. Default: false. */
  readonly selfSigned?: boolean;
  /** What it may be used for. Default: server. */
  readonly usage?: 'server' | 'client';
  /** An RSA key of 2048 bits, slow to make, instead of EC P-256. Default: false. */
  readonly rsa?: boolean;
  /** A private key to use, PEM. Default: a new one. */
  readonly key?: string;
}

/** A private certificate authority. */
export interface CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly pem: string;
  /** Makes a certificate signed by it. */
  issue(options: IssueOptions): Promise<IssuedCertificate>;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const newKeys = (rsa = false): Promise<KeyPair> =>
  rsa ? makeKeyPair('rsa', { modulusLength: 2048 }) : makeKeyPair('ec', { namedCurve: 'P-256' });

function keysOf(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Makes a new private certificate authority. Its key never leaves this process. */
export async function createCertificateAuthority(
  commonName = 'Azure PostgreSQL emulator',
): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const pem = certificate({
    subject: commonName,
    issuer: commonName,
    notBefore: new Date(Date.now() - 24 * hour),
    notAfter: new Date(Date.now() + 365 * 24 * hour),
    publicKey: keys.publicKey,
    signer: keys,
    extensions: [
      // A certificate authority, and no further one below it.
      extension('2.5.29.19', der.sequence(der.boolean(true), der.integer(Buffer.from([0]))), true),
      // keyCertSign and cRLSign.
      extension('2.5.29.15', der.bits(Buffer.from([0b0000_0110]), 1), true),
      extension('2.5.29.14', der.octets(keyIdentifier(keys.publicKey))),
    ],
  });

  async function issue(options: IssueOptions): Promise<IssuedCertificate> {
    const own = options.key === undefined ? await newKeys(options.rsa) : keysOf(options.key);
    const subject = options.commonName ?? options.names[0] ?? 'nobody';
    const signer = options.selfSigned ? own : keys;
    const cert = certificate({
      subject,
      issuer: options.selfSigned ? subject : commonName,
      notBefore: options.notBefore ?? new Date(Date.now() - hour),
      notAfter: options.notAfter ?? new Date(Date.now() + 30 * 24 * hour),
      publicKey: own.publicKey,
      signer,
      extensions: [
        extension('2.5.29.19', der.sequence(), true),
        // digitalSignature.
        extension('2.5.29.15', der.bits(Buffer.from([0b1000_0000]), 7), true),
        extension(
          '2.5.29.37',
          der.sequence(der.identifier(`1.3.6.1.5.5.7.3.${options.usage === 'client' ? 2 : 1}`)),
        ),
        extension('2.5.29.14', der.octets(keyIdentifier(own.publicKey))),
        extension('2.5.29.35', der.sequence(der.tagged(0, 'primitive', keyIdentifier(signer.publicKey)))),
        ...(options.names.length > 0
          ? [extension('2.5.29.17', der.sequence(...options.names.map(alternativeName)))]
          : []),
      ],
    });
    return { cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
  }

  return { pem, issue };
}

/** RFC 5280, 4.1: what is signed, how, and the signature. */
function certificate(options: {
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  signer: KeyPair;
  extensions: readonly Buffer[];
}): string {
  const signature =
    options.signer.privateKey.asymmetricKeyType === 'rsa'
      ? der.sequence(der.identifier('1.2.840.113549.1.1.11'), der.nothing)
      : der.sequence(der.identifier('1.2.840.10045.4.3.2'));
  const signed = der.sequence(
    der.tagged(0, 'constructed', der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    signature,
    distinguishedName(options.issuer),
    der.sequence(der.time(options.notBefore), der.time(options.notAfter)),
    distinguishedName(options.subject),
    options.publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, 'constructed', der.sequence(...options.extensions)),
  );
  const whole = der.sequence(signed, signature, der.bits(sign('sha256', signed, options.signer.privateKey)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const distinguishedName = (commonName: string): Buffer =>
  der.sequence(der.set(der.sequence(der.identifier('2.5.4.3'), der.utf8(commonName))));

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  der.sequence(der.identifier(id), critical ? der.boolean(true) : der.absent, der.octets(value));

const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

const alternativeName = (name: string): Buffer =>
  isIP(name) > 0
    ? der.tagged(7, 'primitive', addressBytes(name))
    : der.tagged(2, 'primitive', Buffer.from(name, 'ascii'));

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const words = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const front = words(head);
  const back = words(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return Buffer.from([...front, ...zeros, ...back].map((word) => word.padStart(4, '0')).join(''), 'hex');
}
