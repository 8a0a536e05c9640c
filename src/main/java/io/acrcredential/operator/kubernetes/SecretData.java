// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SensitiveString;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The data of a Secret as text that is not shown. */
public final class SecretData {

  private SecretData() {}

  /** The values by their keys, decoded. */
  public static Map<String, SensitiveString> of(Secret secret) {
    Map<String, SensitiveString> data = new HashMap<>();
    if (secret.getData() != null) {
      secret.getData().forEach((key, value) -> data.put(key, decode(value)));
    }
    return data;
  }

  private static SensitiveString decode(String base64) {
    return SensitiveString.of(new String(Base64.getDecoder().decode(base64), UTF_8));
  }
}
