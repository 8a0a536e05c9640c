// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.smallrye.mutiny.Uni;
import java.util.Optional;
import java.util.function.Function;

/** An AccessKey in the environment, under the names that Alibaba Cloud's SDKs read. */
final class EnvironmentCredentialsProvider implements CredentialsProvider {

  private static final String ID = "ALIBABA_CLOUD_ACCESS_KEY_ID";
  private static final String SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
  private static final String TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN";

  private final Function<String, Optional<String>> environment;

  EnvironmentCredentialsProvider(Function<String, Optional<String>> environment) {
    this.environment = environment;
  }

  @Override
  public String description() {
    return "AccessKey in the environment";
  }

  @Override
  public boolean isConfigured() {
    return value(ID).isPresent() && value(SECRET).isPresent();
  }

  @Override
  public String fingerprint() {
    return Fingerprint.of(value(ID).orElseThrow());
  }

  @Override
  public Uni<Credentials> get() {
    return Uni.createFrom()
        .item(
            () ->
                new Credentials(
                    new AccessKey(
                        requireValid(ID).orElseThrow(),
                        SensitiveString.of(requireValid(SECRET).orElseThrow()),
                        requireValid(TOKEN).map(SensitiveString::of).orElse(null)),
                    fingerprint(),
                    null));
  }

  private Optional<String> requireValid(String name) {
    return value(name)
        .map(
            text ->
                CredentialValidator.requireValid(
                    text,
                    "The environment variable " + name,
                    "Set the environment variable to the bare value, without quotes, blanks and"
                        + " line breaks."));
  }

  /** Strips the newline that a variable from a Secret may end with. */
  private Optional<String> value(String name) {
    return environment.apply(name).map(String::strip).filter(text -> !text.isEmpty());
  }
}
