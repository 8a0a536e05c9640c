// SPDX-License-Identifier: Apache-2.0
package io.vertx.core.impl.resolver;

import io.acrcredential.operator.dns.LookupResolverGroup;
import io.netty.resolver.AddressResolverGroup;
import io.vertx.core.Handler;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.spi.resolver.ResolverProvider;
import java.net.InetSocketAddress;

/**
 * Replaces the class of Vert.x of this name, which resolves names on the event loops and blocks
 * them. The application's JAR comes before its libraries on the class path, so this class is found
 * first. {@code docs/adr/0010-own-dns-resolver.md} says why there is no other way.
 */
public class DefaultResolverProvider implements ResolverProvider {

  @Override
  public AddressResolverGroup<InetSocketAddress> resolver(AddressResolverOptions options) {
    return LookupResolverGroup.SYSTEM;
  }

  @Override
  public void close(Handler<Void> done) {
    done.handle(null);
  }
}
