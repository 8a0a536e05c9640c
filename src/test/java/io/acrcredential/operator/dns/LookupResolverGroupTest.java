// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.spi.resolver.ResolverProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LookupResolverGroupTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  private static LookupResolverGroup group(SystemResolver resolver) {
    return new LookupResolverGroup(
        new Lookups(resolver, Lookups.threads(), LONG, LONG, LONG, System::nanoTime));
  }

  @Test
  void doesNotBlockTheEventLoop() throws Exception {
    // given
    CountDownLatch answered = new CountDownLatch(1);
    LookupResolverGroup group =
        group(
            name -> {
              await(answered);
              return new InetAddress[] {InetAddress.getByName("10.0.0.1")};
            });
    DefaultEventLoop loop = new DefaultEventLoop();
    try {
      // when
      Future<InetSocketAddress> found =
          loop.submit(
                  () ->
                      group
                          .getResolver(loop)
                          .resolve(InetSocketAddress.createUnresolved("cr.example.com", 443)))
              .get(30, TimeUnit.SECONDS);
      boolean free = loop.submit(() -> true).get(30, TimeUnit.SECONDS);
      boolean waiting = !found.isDone();
      answered.countDown();

      // then
      assertThat(free).isTrue();
      assertThat(waiting).isTrue();
      InetSocketAddress address = found.get(30, TimeUnit.SECONDS);
      assertThat(address.getAddress().getHostAddress()).isEqualTo("10.0.0.1");
      assertThat(address.getHostString()).isEqualTo("cr.example.com");
      assertThat(address.getPort()).isEqualTo(443);
    } finally {
      loop.shutdownGracefully();
    }
  }

  @Test
  void doesNotResolveIpAddresses() throws Exception {
    // given
    LookupResolverGroup group =
        group(
            name -> {
              throw new UnknownHostException(name);
            });
    DefaultEventLoop loop = new DefaultEventLoop();
    try {
      // when, then
      for (String literal : new String[] {"10.0.0.1", "0:0:0:0:0:0:0:1"}) {
        assertThat(
                group
                    .getResolver(loop)
                    .resolve(InetSocketAddress.createUnresolved(literal, 1))
                    .get(30, TimeUnit.SECONDS)
                    .getAddress()
                    .getHostAddress())
            .isEqualTo(literal);
      }
    } finally {
      loop.shutdownGracefully();
    }
  }

  /** Fails if a release of Vert.x gets its resolver from elsewhere. */
  @Test
  void isTheResolverOfVertx() throws Exception {
    // given
    String before =
        System.setProperty(ResolverProvider.DISABLE_DNS_RESOLVER_PROP_NAME, "true"); // as Quarkus
    Vertx vertx = Vertx.vertx();
    try {
      // when, then
      assertThat(((VertxInternal) vertx).nettyAddressResolverGroup())
          .isSameAs(LookupResolverGroup.SYSTEM);
      assertThat(failure(vertx, new HttpClientOptions()).host()).isEqualTo("cr.invalid");
      ProxyOptions proxy = new ProxyOptions().setHost("proxy.invalid").setPort(3128);
      assertThat(failure(vertx, new HttpClientOptions().setProxyOptions(proxy)).host())
          .isEqualTo("proxy.invalid");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
      if (before == null) {
        System.clearProperty(ResolverProvider.DISABLE_DNS_RESOLVER_PROP_NAME);
      }
    }
  }

  private static LookupException failure(Vertx vertx, HttpClientOptions options) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    Throwable[] failure = {null};
    vertx
        .createHttpClient(options)
        .request(HttpMethod.GET, 80, "cr.invalid", "/")
        .onComplete(
            result -> {
              failure[0] = result.cause();
              done.countDown();
            });
    await(done);
    return LookupException.findIn(failure[0]);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
