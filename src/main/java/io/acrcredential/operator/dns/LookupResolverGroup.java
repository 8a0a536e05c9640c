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

/** {@link Lookups} as Netty asks for it: no event loop waits for DNS. */
public final class LookupResolverGroup extends AddressResolverGroup<InetSocketAddress> {

  /** For every client of the process. */
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
      look(host, promise, addresses -> addresses.get(0));
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      look(host, promise, addresses -> addresses);
    }

    private <T> void look(String host, Promise<T> promise, Function<List<InetAddress>, T> part) {
      InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
      if (literal != null) {
        promise.trySuccess(part.apply(List.of(literal)));
        return;
      }
      lookups
          .all(host)
          .whenComplete(
              (addresses, failure) -> {
                if (failure == null) {
                  promise.trySuccess(part.apply(addresses));
                } else {
                  promise.tryFailure(
                      failure instanceof CompletionException ? failure.getCause() : failure);
                }
              });
    }
  }
}
