// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.facts.SecretFacts;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretReaderTest {

  private static final String TYPE = "kubernetes.io/dockerconfigjson";

  @Test
  void keepsHostsAndNothingElse() {
    // given
    Secret secret =
        secret(
            TYPE,
            ".dockerconfigjson",
            "{\"auths\": {\"img.example.cn\": {\"username\": \"u\", \"password\": \"canary\","
                + " \"auth\": \"dTpjYW5hcnk=\"}, \"other.example\": {}}}");

    // when
    SecretFacts facts = SecretReader.facts(secret);

    // then
    assertThat(facts.keys()).containsExactly("img.example.cn", "other.example");
    assertThat(facts.defect()).isEmpty();
    assertThat(facts.isOurs()).isTrue();
    assertThat(facts.expiresAt()).contains(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(facts.toString()).doesNotContain("canary", "dTpj");
  }

  /** The forms that block every container of a pod, and those that do not; measured on kubelet. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"auths": {"a.example": {"auth": "dXNlcjpwYXNz"}}} |
          {"auths": {"a.example": {"auth": "dXNlcjpwYXM"}}} |
          {"auths": {"a.example": {"auth": "dXNlcjpw\\nYXNz"}}} |
          {"auths": {}} |
          {"credsStore": "x"} |
          {"auths": {"a.example": null}} |
          {"auths": {"a.example": {"auth": "not_base64"}}} | auth of a.example is not base64
          {"auths": {"a.example": {"auth": "dXNlcjpwYXNz "}}} | auth of a.example is not base64
          {"auths": {"a.example": {"auth": "bm9jb2xvbg=="}}} | auth of a.example is not base64
          {"auths": {"a.example": {"password": 1}}} | password of a.example is no text
          {"auths": [1]} | its data is not
          {"auths" | not JSON
          """)
  void findsWhatKubeletCannotDecode(String json, String defect) {
    SecretFacts facts = SecretReader.facts(secret(TYPE, ".dockerconfigjson", json));
    if (defect == null) {
      assertThat(facts.defect()).isEmpty();
    } else {
      assertThat(facts.defect()).startsWith(defect);
    }
  }

  @Test
  void readsTheOldFormatAndIgnoresOtherTypes() {
    assertThat(
            SecretReader.facts(secret("kubernetes.io/dockercfg", ".dockercfg", "{\"a.b\": {}}"))
                .keys())
        .containsExactly("a.b");
    SecretFacts opaque = SecretReader.facts(secret("Opaque", ".dockerconfigjson", "{"));
    assertThat(opaque.keys()).isEmpty();
    assertThat(opaque.defect()).isEmpty();
  }

  private static Secret secret(String type, String key, String content) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName("s")
        .withNamespace("team-a")
        .addToAnnotations("acrcredential.io/written-for", "team-a")
        .addToAnnotations("acrcredential.io/expires-at", "2026-01-01T00:00:00Z")
        .endMetadata()
        .withType(type)
        .addToData(key, Base64.getEncoder().encodeToString(content.getBytes(UTF_8)))
        .build();
  }
}
