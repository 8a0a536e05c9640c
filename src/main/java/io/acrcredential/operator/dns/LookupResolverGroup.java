// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Makes {@link Lookups} available to Netty, so that no event loop waits for DNS. */
public final class LookupResolverGroup extends AddressResolverGroup<InetSocketAddress> {

  /** The resolver of every client in this process. */
  public static final LookupResolverGroup SYSTEM = new LookupResolverGroup(Lookups.SYSTEM);

  private final Lookups lookups;

  LookupResolverGroup(Lookups lookups) {
    this.lookups = lookups;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Resolver(executor).asAddressResolver();
  }

  private final class Resolver extends InetNameResolver {

    Resolver(EventExecutor executor) {
      super(executor);
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      resolve(host, promise, addresses -> addresses.get(0));
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      resolve(host, promise, addresses -> addresses);
    }

    private <T> void resolve(
        String host, Promise<T> promise, Function<List<InetAddress>, T> result) {
      InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
      if (literal != null) {
        promise.trySuccess(result.apply(List.of(literal)));
        return;
      }
      lookups
          .resolve(host)
          .whenComplete(
              (addresses, failure) -> {
                if (failure == null) {
                  promise.trySuccess(result.apply(addresses));
                } else {
                  promise.tryFailure(
                      failure instanceof CompletionException ? failure.getCause() : failure);
                }
              });
    }
  }
}
