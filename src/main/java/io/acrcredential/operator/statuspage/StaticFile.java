// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of the page that is the same for everybody. */
record StaticFile(String contentType, Buffer content) {

  private static final Map<String, String> CONTENT_TYPES =
      Map.of(
          "style.css", "text/css;charset=utf-8",
          "live.js", "text/javascript;charset=utf-8",
          "icon.svg", "image/svg+xml");

  /** All of them, by the path under which they are served. */
  static Map<String, StaticFile> all() {
    Map<String, StaticFile> files = new LinkedHashMap<>();
    CONTENT_TYPES.forEach(
        (name, type) -> files.put("/" + name, new StaticFile(type, Buffer.buffer(read(name)))));
    return files;
  }

  private static byte[] read(String name) {
    try (InputStream in = StaticFile.class.getResourceAsStream("/status-page/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
