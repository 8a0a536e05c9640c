package io.acrcredential.operator.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SecretText;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

class RemoteTextTest {

  private static final AccessKey KEY =
      new AccessKey("myKeyId77", SecretText.of("s3cr3t"), SecretText.of("sts-token-x"));

  @Property
  void isShortOnOneLineAndShowsOnlyWhatCanBeSeen(@ForAll @StringLength(max = 2_000) String text) {
    // when
    String clean = RemoteText.clean(text, KEY);

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
  void neverHoldsAnyPartOfTheKey(
      @ForAll @StringLength(max = 300) String before,
      @ForAll @StringLength(max = 300) String after) {
    for (String secret : new String[] {"myKeyId77", "s3cr3t", "sts-token-x"}) {
      assertThat(RemoteText.clean(before + secret + after, KEY)).doesNotContain(secret);
    }
  }

  @Example
  void aSecretCannotBeHiddenFromTheMask() {
    // given: characters that are taken out, in the middle of what is masked
    assertThat(RemoteText.clean("a s3c\u202Er3t b", KEY)).doesNotContain("s3cr3t");
    assertThat(RemoteText.clean("a s3c\u0000r3t b", KEY)).doesNotContain("s3cr3t");
    assertThat(RemoteText.clean("LTAI\u200B5tABCDEFGH", null)).doesNotContain("ABCDEFGH");
  }

  @Example
  void theEchoOfTheStringToSignIsCut() {
    // given
    String echoed =
        "Specified signature is not matched with our calculation. server string to sign is:"
            + "ACS3-HMAC-SHA256 LTAI5tXXXXXXXXXXXXXX abcdef";

    // then
    assertThat(RemoteText.clean(echoed, null))
        .isEqualTo("Specified signature is not matched with our calculation");
    assertThat(RemoteText.clean("x, StringToSign: GET&%2F&LTAI5t", null)).isEqualTo("x");
    assertThat(RemoteText.clean("x. canonicalRequest=POST / LTAI5t", null)).isEqualTo("x");
  }

  @Example
  void whatLooksLikeAKeyOrATokenIsMasked() {
    assertThat(RemoteText.clean("key LTAI5tABCDEFGH is bad", null)).isEqualTo("key *** is bad");
    assertThat(RemoteText.clean("STS.NTabcdefgh", null)).isEqualTo("***");
    assertThat(RemoteText.clean("token " + "a1B2".repeat(20) + "==", null)).isEqualTo("token ***");
    assertThat(RemoteText.clean("RequestId 5A2B-11", null)).isEqualTo("RequestId 5A2B-11");
    assertThat(RemoteText.clean(null, KEY)).isEmpty();
  }

  @Example
  void aLongOneEndsInAnEllipsis() {
    assertThat(RemoteText.clean("wo rd ".repeat(100), null)).hasSize(256).endsWith("…");
  }
}
