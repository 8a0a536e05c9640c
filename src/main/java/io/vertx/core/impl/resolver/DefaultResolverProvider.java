package io.vertx.core.impl.resolver;

import io.acrcredential.operator.dns.LookupResolverGroup;
import io.netty.resolver.AddressResolverGroup;
import io.vertx.core.Handler;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.spi.resolver.ResolverProvider;
import java.net.InetSocketAddress;

/**
 * Takes the place of Vert.x' class of this name, which looks names up on the event loops and blocks
 * them. Vert.x 4 has no setting for it, and a native image uses this class whatever is set. Ours is
 * found first because the application's JAR comes before its libraries on the class path. It can't
 * be taken out of Vert.x' JAR: Quarkus starts a Vert.x of its own while it builds.
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
