// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The Secret with the AccessKey of the default identity, and the only source of credentials. */
final class DefaultKeySecret {

  static final String NAMESPACE = "kube-system";
  static final CredentialSecretCache.Name NAME =
      new CredentialSecretCache.Name(NAMESPACE, "alibaba-addon-secret");

  private DefaultKeySecret() {}

  /** The data of a Secret with an AccessKey. */
  static Map<String, SensitiveString> data(String accessKeyId) {
    return Map.of(
        "access-key-id",
        SensitiveString.of(accessKeyId),
        "access-key-secret",
        SensitiveString.of("secret"));
  }

  /** A cache that holds the Secret. */
  static CredentialSecretCache cache(String accessKeyId) {
    CredentialSecretCache secrets = new CredentialSecretCache();
    secrets.put(NAME, data(accessKeyId));
    return secrets;
  }

  /** Resolves identities without environment variables and without a token file. */
  static CredentialsResolver resolver(
      CredentialSecretCache secrets, StsOperations sts, EcsMetadata metadata) {
    return new CredentialsResolver(
        secrets, NAMESPACE, variable -> Optional.empty(), Path.of("absent"), sts, metadata);
  }
}
