// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.AssumeRole;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Oidc;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.SecretRef;

/** Validates the {@code credentials} of a registry and converts them into an {@link Identity}. */
final class CredentialsValidator {

  private static final int MIN_SESSION_SECONDS = 900;
  private static final int MAX_SESSION_SECONDS = 43_200;

  private final FieldErrors errors;

  CredentialsValidator(FieldErrors errors) {
    this.errors = errors;
  }

  /** The identity; usable only if no error was recorded. */
  Identity identity(Credentials credentials, String field) {
    if (credentials == null) {
      return Identity.OWN;
    }
    if (credentials.secretRef() != null && credentials.oidc() != null) {
      errors.add(
          new FieldError(
              field, "secretRef and oidc", "write one of the two; either may have assumeRole"));
    }
    Identity base = Identity.OWN;
    if (credentials.secretRef() != null) {
      base = keySecret(credentials.secretRef(), field + ".secretRef");
    } else if (credentials.oidc() != null) {
      base = oidc(credentials.oidc(), field + ".oidc");
    }
    return credentials.assumeRole() == null
        ? base
        : role(base, credentials.assumeRole(), field + ".assumeRole");
  }

  private Identity keySecret(SecretRef ref, String field) {
    Identity.KeySecret secret =
        new Identity.KeySecret(orEmpty(ref.name()), ref.accessKeyIdKey(), ref.accessKeySecretKey());
    errors.check(secret.name(), ValueFormat.SECRET_NAME, field + ".name");
    errors.check(secret.accessKeyIdKey(), ValueFormat.SECRET_KEY, field + ".accessKeyIdKey");
    errors.check(
        secret.accessKeySecretKey(), ValueFormat.SECRET_KEY, field + ".accessKeySecretKey");
    return secret;
  }

  private Identity oidc(Oidc oidc, String field) {
    errors.check(orEmpty(oidc.roleArn()), ValueFormat.ROLE_ARN, field + ".roleArn");
    errors.check(orEmpty(oidc.providerArn()), ValueFormat.PROVIDER_ARN, field + ".providerArn");
    return new Identity.Oidc(
        oidc.roleArn(), oidc.providerArn(), durationSeconds(oidc.durationSeconds(), field));
  }

  private Identity role(Identity from, AssumeRole role, String field) {
    errors.check(orEmpty(role.roleArn()), ValueFormat.ROLE_ARN, field + ".roleArn");
    if (role.externalId() != null) {
      errors.check(role.externalId(), ValueFormat.EXTERNAL_ID, field + ".externalId");
    }
    String session =
        role.sessionName() == null ? Identity.Role.DEFAULT_SESSION_NAME : role.sessionName();
    errors.check(session, ValueFormat.SESSION_NAME, field + ".sessionName");
    if (role.sessionPolicy() != null) {
      errors.check(role.sessionPolicy(), ValueFormat.SESSION_POLICY, field + ".sessionPolicy");
    }
    return new Identity.Role(
        from,
        role.roleArn(),
        role.externalId(),
        session,
        durationSeconds(role.durationSeconds(), field),
        role.sessionPolicy());
  }

  private int durationSeconds(Integer given, String field) {
    int seconds = given == null ? Identity.Role.DEFAULT_DURATION_SECONDS : given;
    if (seconds < MIN_SESSION_SECONDS || seconds > MAX_SESSION_SECONDS) {
      errors.add(
          new FieldError(
              field + ".durationSeconds",
              String.valueOf(seconds),
              "write seconds, "
                  + MIN_SESSION_SECONDS
                  + " to "
                  + MAX_SESSION_SECONDS
                  + " and not above the role's own limit, such as 3600"));
    }
    return seconds;
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
