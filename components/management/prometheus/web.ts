import { yamlText } from "../../core/formats";
import { filesFrom, type Mount, type Source } from "../../core/sources";

/**
 * TLS of Prometheus' family: one small file, read at each connection, names certificate and key. No passwords in it: they
 * would hold for probes and scrapes too (docs/adr/0019).
 */

const tlsDirectory = "/etc/tls";
const webDirectory = "/etc/web";
const certificateFile = `${tlsDirectory}/tls.crt`;
const keyFile = `${tlsDirectory}/tls.key`;
const webFile = `${webDirectory}/web.yml`;

export const webConfig = {
  "web.yml": yamlText({ tls_server_config: { cert_file: certificateFile, key_file: keyFile } }),
};

export const serverCertificateMount = {
  /** Options of Prometheus and Alertmanager. */
  args: [`--web.config.file=${webFile}`],
  /** Options of Thanos: HTTP, and what speaks gRPC. */
  thanosArgs: [`--http.config=${webFile}`],
  thanosGrpcArgs: [`--grpc-server-tls-cert=${certificateFile}`, `--grpc-server-tls-key=${keyFile}`],
  of: (web: Source, tls: Source): readonly Mount[] => [
    filesFrom(web, webDirectory),
    filesFrom(tls, tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
  ],
} as const;
