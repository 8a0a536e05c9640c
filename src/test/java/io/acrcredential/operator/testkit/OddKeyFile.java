// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.Charset;

/**
 * Files that hold an AccessKey, but not the bare value: what lies under a Secret's key after {@code
 * kubectl create secret generic --from-file} with the wrong file. Each holds a planted canary.
 */
public enum OddKeyFile {
  /** As the RAM console offers it for download. */
  CONSOLE_CSV("AccessKey ID,AccessKey Secret\r\n" + OddKeyFile.ID + "," + OddKeyFile.SECRET),
  CSV_ROW(OddKeyFile.ID + "," + OddKeyFile.SECRET),
  TWO_LINES(OddKeyFile.ID + "\n" + OddKeyFile.SECRET + "\n"),
  KEY_VALUE_LINES("AccessKeyId=" + OddKeyFile.ID + "\nAccessKeySecret=" + OddKeyFile.SECRET + "\n"),
  KEY_VALUE("AccessKeySecret=" + OddKeyFile.SECRET + "\n"),
  JSON(
      "{\n  \"AccessKeyId\": \""
          + OddKeyFile.ID
          + "\",\n  \"AccessKeySecret\": \""
          + OddKeyFile.SECRET
          + "\"\n}\n"),
  JSON_ON_ONE_LINE(
      "{\"AccessKeyId\":\""
          + OddKeyFile.ID
          + "\",\"AccessKeySecret\":\""
          + OddKeyFile.SECRET
          + "\"}"),
  QUOTED("\"" + OddKeyFile.SECRET + "\""),
  INNER_BLANK(OddKeyFile.ID + " " + OddKeyFile.SECRET),
  /** As PowerShell's {@code >} writes it. */
  UTF_16_WITH_BOM("\uFEFF" + OddKeyFile.SECRET + "\r\n", UTF_16LE),
  UTF_16_WITHOUT_BOM(OddKeyFile.SECRET + "\r\n", UTF_16LE),
  UTF_8_WITH_BOM("\uFEFF" + OddKeyFile.SECRET + "\r\n", UTF_8);

  private static final String ID = "LTAI5tCanaryOddId0001";
  private static final String SECRET = "CanaryOddSecret0001";

  private final byte[] bytes;

  OddKeyFile(String text) {
    this(text, UTF_8);
  }

  OddKeyFile(String text, Charset charset) {
    this.bytes = text.getBytes(charset);
  }

  /** The file's content. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The content as a Secret's value is decoded. */
  public String decoded() {
    return new String(bytes, UTF_8);
  }

  /** The text without blanks and NULs, in which a canary is found in any encoding. */
  public static String visible(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\s]", "");
  }
}
