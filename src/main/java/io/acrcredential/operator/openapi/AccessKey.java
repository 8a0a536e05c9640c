package io.acrcredential.operator.openapi;

import io.acrcredential.operator.SecretText;

/**
 * What signs a request. The id is no secret, but nothing for logs either.
 *
 * @param securityToken of temporary credentials; null for a RAM user's AccessKey
 */
public record AccessKey(String id, SecretText secret, SecretText securityToken) {

  /** A RAM user's AccessKey pair. */
  public static AccessKey of(String id, String secret) {
    return new AccessKey(id, SecretText.of(secret), null);
  }

  @Override
  public String toString() {
    return "AccessKey[***]";
  }
}
