// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Drops what no record needs from lists and from the replies to writes of ServiceAccounts, before
 * the Kubernetes client buffers and decodes them. So a page takes the memory of its records,
 * whatever size its objects have.
 */
@Singleton
public final class ResponseFilter implements Interceptor {

  /** The size up to which a response is not filtered: filtering costs more than decoding. */
  static final int SMALL = 8 * 1024;

  /** Of lists and watches, so that an object is logged once. */
  static final IgnoredObjects IGNORED = new IgnoredObjects();

  @Override
  public AsyncBody.Consumer<List<ByteBuffer>> consumer(
      AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
    FieldMask mask = ObjectMasks.ofResponse(request);
    return mask == null ? consumer : new Body(mask, kind(request), consumer);
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    if (consumer instanceof Body body && isSmall(response.header("Content-Length"))) {
      body.leaveUnfiltered();
    }
  }

  private static boolean isSmall(String length) {
    return length != null && length.matches("[0-9]{1,9}") && Integer.parseInt(length) <= SMALL;
  }

  /** Items of lists do not say it. */
  private static String kind(HttpRequest request) {
    return request.uri().getPath().endsWith("/pods") ? "Pod" : "ServiceAccount";
  }

  /** One response. The client calls it on one thread at a time. */
  private static final class Body implements AsyncBody.Consumer<List<ByteBuffer>> {

    private final FieldMask mask;
    private final String kind;
    private final AsyncBody.Consumer<List<ByteBuffer>> consumer;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private JsonParser parser;
    private JsonGenerator generator;

    /** Null = the response is left as it is. */
    private FieldFilter filter;

    private boolean started;

    Body(FieldMask mask, String kind, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
      this.mask = mask;
      this.kind = kind;
      this.consumer = consumer;
    }

    /** Called before the first byte. */
    void leaveUnfiltered() {
      started = true;
    }

    private void start() throws IOException {
      parser = FieldFilter.JSON.createNonBlockingByteArrayParser();
      generator = FieldFilter.JSON.createGenerator(kept);
      filter = new FieldFilter(mask, generator, ignored -> IGNORED.add(kind, ignored));
    }

    @Override
    public void consume(List<ByteBuffer> buffers, AsyncBody body) throws Exception {
      List<ByteBuffer> output = new ArrayList<>();
      for (ByteBuffer buffer : buffers) {
        if (buffer.hasRemaining()) {
          add(output, buffer);
        }
      }
      // Also if it is empty: the consumer requests the next part.
      consumer.consume(output, body);
    }

    private void add(List<ByteBuffer> output, ByteBuffer buffer) throws IOException {
      if (!started) {
        started = true;
        // Proxies and parts of the API server answer with text.
        if (buffer.get(buffer.position()) == '{') {
          start();
        }
      }
      if (filter == null) {
        output.add(buffer);
        return;
      }
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      ((ByteArrayFeeder) parser.getNonBlockingInputFeeder()).feedInput(bytes, 0, bytes.length);
      for (JsonToken token = parser.nextToken();
          token != null && token != JsonToken.NOT_AVAILABLE;
          token = parser.nextToken()) {
        filter.accept(parser);
      }
      generator.flush();
      output.add(ByteBuffer.wrap(kept.toByteArray()));
      kept.reset();
    }
  }
}
