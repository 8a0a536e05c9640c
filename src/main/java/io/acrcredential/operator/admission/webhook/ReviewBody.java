// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.vertx.core.buffer.Buffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The body of a request. All bodies count towards one limit, because anyone who reaches the port
 * can send some. {@link #close} gives back what the body took, and may be called again.
 */
final class ReviewBody implements AutoCloseable {

  /** A review holds two versions of an object, and etcd accepts objects of 1.5 MiB. */
  static final int MAX_BYTES = 8 * 1024 * 1024;

  /** The bytes of all bodies that are being received or answered. */
  static final int MAX_TOTAL_BYTES = 16 * 1024 * 1024;

  enum Result {
    APPENDED,
    TOO_LARGE,
    /** All bodies together would be too large. */
    BUSY
  }

  private final AtomicInteger total;
  private final AtomicInteger taken = new AtomicInteger();
  private Buffer content = Buffer.buffer();

  /**
   * @param total the bytes of all bodies
   */
  ReviewBody(AtomicInteger total) {
    this.total = total;
  }

  /** Appends a part, unless a limit would be exceeded: then the body is released. */
  Result append(Buffer part) {
    int length = part.length();
    if (content.length() + length > MAX_BYTES) {
      close();
      return Result.TOO_LARGE;
    }
    taken.addAndGet(length);
    if (total.addAndGet(length) > MAX_TOTAL_BYTES) {
      close();
      return Result.BUSY;
    }
    content.appendBuffer(part);
    return Result.APPENDED;
  }

  byte[] bytes() {
    return content.getBytes();
  }

  @Override
  public void close() {
    total.addAndGet(-taken.getAndSet(0));
    content = Buffer.buffer();
  }
}
