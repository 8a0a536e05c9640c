// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes the ASN.1 types of an X.509 certificate in DER (ITU-T X.690). The JDK reads certificates
 * but has no public API that makes one, and the libraries that do are ten times larger than the
 * rest of the webhook.
 */
final class Der {

  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int UTC_TIME = 0x17;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED_CONTEXT = 0xa0;

  /** Lengths and parts of object identifiers above this need more than one byte. */
  private static final int MAX_SHORT = 0x7f;

  /** RFC 5280 requires UTCTime before this year, and GeneralizedTime from it on. */
  private static final int FIRST_GENERALIZED_YEAR = 2050;

  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter GENERALIZED =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private Der() {}

  static byte[] sequence(byte[]... parts) {
    return tagged(SEQUENCE, concat(parts));
  }

  static byte[] set(byte[]... parts) {
    return tagged(SET, concat(parts));
  }

  static byte[] integer(BigInteger value) {
    return tagged(INTEGER, value.toByteArray());
  }

  static byte[] bool(boolean value) {
    return tagged(BOOLEAN, new byte[] {(byte) (value ? 0xff : 0)});
  }

  static byte[] utf8(String text) {
    return tagged(UTF8_STRING, text.getBytes(UTF_8));
  }

  static byte[] octets(byte[] content) {
    return tagged(OCTET_STRING, content);
  }

  /**
   * @param unused how many of the last bits have no meaning
   */
  static byte[] bits(int unused, byte[] content) {
    return tagged(BIT_STRING, concat(new byte[] {(byte) unused}, content));
  }

  static byte[] time(Instant time) {
    boolean generalized = time.atOffset(ZoneOffset.UTC).getYear() >= FIRST_GENERALIZED_YEAR;
    return generalized
        ? tagged(GENERALIZED_TIME, GENERALIZED.format(time).getBytes(US_ASCII))
        : tagged(UTC_TIME, UTC.format(time).getBytes(US_ASCII));
  }

  /**
   * @param text such as {@code 2.5.4.3}
   */
  static byte[] oid(String text) {
    String[] parts = text.split("\\.");
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(Integer.parseInt(parts[0]) * 40 + Integer.parseInt(parts[1]));
    for (int i = 2; i < parts.length; i++) {
      writeBase128(content, Integer.parseInt(parts[i]));
    }
    return tagged(OBJECT_IDENTIFIER, content.toByteArray());
  }

  private static void writeBase128(ByteArrayOutputStream out, int value) {
    int rest = value >>> 7;
    if (rest > 0) {
      writeHighBits(out, rest);
    }
    out.write(value & MAX_SHORT);
  }

  private static void writeHighBits(ByteArrayOutputStream out, int value) {
    if (value > MAX_SHORT) {
      writeHighBits(out, value >>> 7);
    }
    out.write(value & MAX_SHORT | MAX_SHORT + 1);
  }

  /** An explicitly tagged value: {@code [number] EXPLICIT}. */
  static byte[] explicit(int number, byte[] value) {
    return tagged(CONSTRUCTED_CONTEXT | number, value);
  }

  /** A primitive value whose type is replaced by a tag: {@code [number] IMPLICIT}. */
  static byte[] implicit(int number, byte[] content) {
    return tagged(CONTEXT | number, content);
  }

  private static byte[] tagged(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length <= MAX_SHORT) {
      out.write(content.length);
    } else {
      byte[] length = BigInteger.valueOf(content.length).toByteArray();
      int from = length[0] == 0 ? 1 : 0; // the sign
      out.write(MAX_SHORT + 1 + length.length - from);
      out.write(length, from, length.length - from);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
