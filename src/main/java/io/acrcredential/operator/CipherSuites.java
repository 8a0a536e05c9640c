// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import io.quarkus.runtime.ImageMode;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.spi.tls.DefaultSslContextFactory;
import io.vertx.core.spi.tls.SslContextFactory;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * The order in which TLS connections to and from the API server prefer cipher suites:
 * ChaCha20-Poly1305 first. A native image keeps the order of Vert.x.
 *
 * <p>The operator's JVM compiles with C1, which has no intrinsics for AES-GCM: it needs four to six
 * times the CPU of ChaCha20-Poly1305. API servers choose the kind that a client prefers.
 *
 * <p>The options of Vert.x 4 cannot express an order: it puts enabled cipher suites into a {@code
 * HashSet}.
 */
public final class CipherSuites {

  private CipherSuites() {}

  /**
   * Orders the suites of a client.
   *
   * @param options of the Kubernetes client, which brings an SSLContext of its own
   */
  public static HttpClientOptions order(HttpClientOptions options) {
    JdkSSLEngineOptions own = options.getJdkSslEngineOptions();
    return own == null || isNative()
        ? options
        : options.setJdkSslEngineOptions(new Engines(() -> withOrder(own.sslContextFactory())));
  }

  private static SslContextFactory withOrder(SslContextFactory factory) {
    return () -> new OrderedContext(factory.create());
  }

  /** Orders the suites of a server. Its order counts, not the client's. */
  public static HttpServerOptions order(HttpServerOptions options) {
    return options.setJdkSslEngineOptions(
        isNative() ? new JdkSSLEngineOptions() : new Engines(OrderedContextFactory::new));
  }

  private static boolean isNative() {
    return ImageMode.current() == ImageMode.NATIVE_RUN;
  }

  /** Netty enables no ChaCha20-Poly1305 for TLS 1.3 by itself. */
  static String[] ordered(String[] supported, String[] enabled) {
    return Stream.concat(
            Arrays.stream(supported).filter(CipherSuites::isChaCha20),
            Arrays.stream(enabled).filter(suite -> !isChaCha20(suite)))
        .toArray(String[]::new);
  }

  private static boolean isChaCha20(String suite) {
    return suite.contains("_CHACHA20_POLY1305_");
  }

  private static final class Engines extends JdkSSLEngineOptions {

    private final Supplier<SslContextFactory> factories;

    Engines(Supplier<SslContextFactory> factories) {
      this.factories = factories;
    }

    @Override
    public Engines copy() {
      Engines copy = new Engines(factories);
      copy.setUseWorkerThread(getUseWorkerThread());
      return copy;
    }

    @Override
    public SslContextFactory sslContextFactory() {
      return factories.get();
    }
  }

  private static final class OrderedContextFactory extends DefaultSslContextFactory {

    OrderedContextFactory() {
      super(SslProvider.JDK, false);
    }

    @Override
    public SslContext create() throws SSLException {
      return new OrderedContext(super.create());
    }
  }

  private static final class OrderedContext extends DelegatingSslContext {

    OrderedContext(SslContext context) {
      super(context);
    }

    @Override
    protected void initEngine(SSLEngine engine) {
      engine.setEnabledCipherSuites(
          ordered(engine.getSupportedCipherSuites(), engine.getEnabledCipherSuites()));
    }
  }
}
