// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * An image of one file, or of a program too, in the form "Docker image manifest V2, schema 2". It
 * is for the machine's architecture, because a program is.
 */
final class TinyImage {

  private static final String ARCHITECTURE =
      System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";

  static final String MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

  final byte[] manifest;
  final String digest;

  /** Configuration and layer by digest. */
  final Map<String, byte[]> blobs;

  /**
   * @param program a statically linked executable to be run; empty = the image cannot be run
   */
  TinyImage(String name, Optional<byte[]> program) {
    var files = new ByteArrayOutputStream();
    files.writeBytes(entry("hello.txt", "0000644", ("hello from " + name + "\n").getBytes(UTF_8)));
    program.ifPresent(bytes -> files.writeBytes(entry("program", "0000755", bytes)));
    files.writeBytes(new byte[1024]);
    var tar = files.toByteArray();
    var run = program.isPresent() ? "\"Entrypoint\":[\"/program\"]" : "";
    var layer = gzip(tar);
    var config =
        String.format(
                "{\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{%s},"
                    + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
                ARCHITECTURE, run, digest(tar))
            .getBytes(UTF_8);
    manifest =
        String.format(
                "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
                MANIFEST_TYPE,
                descriptor("application/vnd.docker.container.image.v1+json", config),
                descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer))
            .getBytes(UTF_8);
    digest = digest(manifest);
    blobs = Map.of(digest(config), config, digest(layer), layer);
  }

  private static String descriptor(String type, byte[] blob) {
    return String.format(
        "{\"mediaType\":\"%s\",\"size\":%d,\"digest\":\"%s\"}", type, blob.length, digest(blob));
  }

  private static String digest(byte[] bytes) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** POSIX ustar: a header block, the content in blocks. */
  private static byte[] entry(String name, String mode, byte[] content) {
    var header = new byte[512];
    put(header, 0, name);
    put(header, 100, mode + "\0" + "0000000\0" + "0000000\0");
    put(header, 124, String.format("%011o\0%011o\0", content.length, 0));
    put(header, 148, "        0");
    put(header, 257, "ustar\00000");
    var sum = 0;
    for (byte b : header) {
      sum += b;
    }
    put(header, 148, String.format("%06o\0 ", sum));
    var entry = Arrays.copyOf(header, 512 + (content.length + 511) / 512 * 512);
    System.arraycopy(content, 0, entry, 512, content.length);
    return entry;
  }

  private static void put(byte[] block, int at, String text) {
    System.arraycopy(text.getBytes(US_ASCII), 0, block, at, text.length());
  }

  private static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
