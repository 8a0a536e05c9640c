// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Half a SHA-256: enough to distinguish contents, small enough to keep for every namespace. */
record Digest(long high, long low) {

  /** The digest of the content and of the annotation with its expiry. */
  static Digest of(byte[] content, String annotation) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(annotation.getBytes(UTF_8));
      sha.update((byte) 0);
      ByteBuffer digest = ByteBuffer.wrap(sha.digest(content));
      return new Digest(digest.getLong(), digest.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
