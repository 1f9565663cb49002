/** The provider's words for X.509's (RFC 5280). */
import * as z from "zod";

/** Uses of a certificate: word -> bit of the KeyUsage extension. */
export const keyUsages: Readonly<Record<string, number>> = {
  digital_signature: 1,
  content_commitment: 2,
  key_encipherment: 4,
  data_encipherment: 8,
  key_agreement: 16,
  cert_signing: 32,
  crl_signing: 64,
};

/** Further uses: word -> object identifier in the ExtendedKeyUsage extension. */
export const extendedKeyUsages: Readonly<Record<string, string>> = {
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
};

/** Fields of a subject, in the order in which Go writes them: word -> short name. */
export const subjectFields = { country: "C", organization: "O", organizationalUnit: "OU", commonName: "CN" } as const;
export type Subject = { readonly [field in keyof typeof subjectFields]?: string | undefined };

/** The inputs that say what a certificate is good for. */
export const terms = {
  allowedUses: z.array(z.enum(Object.keys({ ...keyUsages, ...extendedKeyUsages }))),
  validityPeriodHours: z.int().nonnegative(),
  earlyRenewalHours: z.int().nonnegative().default(0),
  isCaCertificate: z.boolean().default(false),
  setSubjectKeyId: z.boolean().default(false),
};
export type Terms = z.output<z.ZodObject<typeof terms>>;
