// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

class TextSanitizerTest {

  private static final List<String> KEY = List.of("myKeyId77", "s3cr3t", "sts-token-x");

  @Property
  void isShortOnOneLineAndVisible(@ForAll @StringLength(max = 2_000) String text) {
    // when
    String clean = TextSanitizer.clean(text, KEY);

    // then
    assertThat(clean.length()).isLessThanOrEqualTo(256);
    assertThat(clean.codePoints())
        .noneMatch(Character::isISOControl)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT)
        .noneMatch(c -> Character.getType(c) == Character.LINE_SEPARATOR)
        .noneMatch(c -> Character.getType(c) == Character.PARAGRAPH_SEPARATOR)
        .noneMatch(c -> Character.getType(c) == Character.SURROGATE);
  }

  @Property
  void containsNoPartOfTheKey(
      @ForAll @StringLength(max = 300) String before,
      @ForAll @StringLength(max = 300) String after) {
    for (String secret : KEY) {
      assertThat(TextSanitizer.clean(before + secret + after, KEY)).doesNotContain(secret);
    }
  }

  @Example
  void masksSecretsWithInvisibleCharacters() {
    // given: characters that are taken out, in the middle of what is masked
    assertThat(TextSanitizer.clean("a s3c\u202Er3t b", KEY)).doesNotContain("s3cr3t");
    assertThat(TextSanitizer.clean("a s3c\u0000r3t b", KEY)).doesNotContain("s3cr3t");
    assertThat(TextSanitizer.clean("LTAI\u200B5tABCDEFGH")).doesNotContain("ABCDEFGH");
  }

  @Example
  void cutsTheStringToSign() {
    // given
    String echoed =
        "Specified signature is not matched with our calculation. server string to sign is:"
            + "ACS3-HMAC-SHA256 LTAI5tXXXXXXXXXXXXXX abcdef";

    // then
    assertThat(TextSanitizer.clean(echoed))
        .isEqualTo("Specified signature is not matched with our calculation");
    assertThat(TextSanitizer.clean("x, StringToSign: GET&%2F&LTAI5t")).isEqualTo("x");
    assertThat(TextSanitizer.clean("x. canonicalRequest=POST / LTAI5t")).isEqualTo("x");
  }

  @Example
  void masksKeysAndTokens() {
    assertThat(TextSanitizer.clean("key LTAI5tABCDEFGH is bad")).isEqualTo("key *** is bad");
    assertThat(TextSanitizer.clean("STS.NTabcdefgh")).isEqualTo("***");
    assertThat(TextSanitizer.clean("token " + "a1B2".repeat(20) + "==")).isEqualTo("token ***");
    assertThat(TextSanitizer.clean("RequestId 5A2B-11")).isEqualTo("RequestId 5A2B-11");
    assertThat(TextSanitizer.clean(null, KEY)).isEmpty();
  }

  /** Admission webhooks and CEL messages quote the Secret that they refuse, in various formats. */
  @Example
  void masksAQuotedDockerConfig() {
    // given a token that no pattern knows
    for (String quoted :
        List.of(
            "{\"auths\":{\"r.example\":{\"username\":\"u\",\"password\":\"Canary1\"}}}",
            "{\\\"auths\\\": {\\\"r.example\\\":{\\\"password\\\":\\\"Canary1\\\"}}}",
            "map[auths:map[r.example:map[auth:Canary1]]]",
            "entry {\"password\": \"Canary1\"}",
            "entry {\\\"auth\\\":\\\"Canary1\\\"}",
            "map[password:Canary1 username:u]",
            "password=Canary1",
            "'password': 'Canary1'",
            "eyJhbGciOi.Canary1.c2ln",
            "a1B2".repeat(12) + ".Canary1:Canary1",
            "https://user:Canary1@proxy:3128")) {
      assertThat(TextSanitizer.clean("denied: " + quoted))
          .startsWith("denied: ")
          .doesNotContain("Canary1");
    }
    assertThat(
            TextSanitizer.clean(
                "Data: map[.dockerconfigjson:[" + "123 34 97 ".repeat(20) + "125]]"))
        .isEqualTo("Data: map[.dockerconfigjson:[***]]");
  }

  @Example
  void keepsALegitimateRefusal() {
    for (String honest :
        List.of(
            "secrets \"acr-credential-secret-aggregation\" is forbidden: exceeded quota: q, requested:"
                + " secrets=1, used: secrets=10, limited: secrets=10",
            "serviceaccounts \"default\" is forbidden: User"
                + " \"system:serviceaccount:kube-system:aliyun-acr-credential-helper\" cannot patch"
                + " resource \"serviceaccounts\" in API group \"\" in the namespace \"team-a\"",
            "admission webhook \"validate.kyverno.svc-fail\" denied the request: a token: not allowed",
            "object is being deleted: secrets already exists")) {
      assertThat(TextSanitizer.clean(honest)).isEqualTo(honest);
    }
  }

  @Example
  void endsALongTextWithAnEllipsis() {
    assertThat(TextSanitizer.clean("wo rd ".repeat(100))).hasSize(256).endsWith("…");
  }
}
