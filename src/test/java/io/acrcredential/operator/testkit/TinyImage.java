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
import java.util.zip.GZIPOutputStream;

/** An image of one file, for linux/amd64, in the form "Docker image manifest V2, schema 2". */
final class TinyImage {

  static final String MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

  final byte[] manifest;
  final String digest;

  /** Configuration and layer by digest. */
  final Map<String, byte[]> blobs;

  TinyImage(String name) {
    var tar = tar("hello.txt", ("hello from " + name + "\n").getBytes(UTF_8));
    var layer = gzip(tar);
    var config =
        String.format(
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},"
                    + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
                digest(tar))
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

  /** POSIX ustar: a header block, the content in blocks, two empty blocks. */
  private static byte[] tar(String name, byte[] content) {
    var header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
    put(header, 124, String.format("%011o\0%011o\0", content.length, 0));
    put(header, 148, "        0");
    put(header, 257, "ustar\00000");
    var sum = 0;
    for (byte b : header) {
      sum += b;
    }
    put(header, 148, String.format("%06o\0 ", sum));
    var tar = Arrays.copyOf(header, 512 + (content.length + 511) / 512 * 512 + 1024);
    System.arraycopy(content, 0, tar, 512, content.length);
    return tar;
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
