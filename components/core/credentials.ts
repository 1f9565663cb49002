import * as random from "@pulumi/random";
import type { Service } from "./service";

/** Characters of a generated password: letters and digits only, since URLs, JDBC strings and shells carry them. 32 of them are 190 bits. */
const passwordLength = 32;

/**
 * A generated password. It lives in the stack's state, encrypted, and in the Secrets made from it.
 * @param name logical name, unique in the service
 */
export function password(service: Service, name: string): random.RandomPassword {
  return new random.RandomPassword(
    `${service.service}-${name}`,
    { length: passwordLength, special: false },
    // A new password beside old data locks the data up.
    { parent: service, protect: service.platform.protects },
  );
}
