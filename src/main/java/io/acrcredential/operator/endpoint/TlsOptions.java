// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import io.acrcredential.operator.Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ext.ContextResolver;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * TLS of the clients of ACR and STS. A TLS configuration of Quarkus is not used: it does not read a
 * changed file again for a client that exists, and it offers TLS 1.3 alone, which proxies that
 * inspect TLS may not speak.
 */
@Singleton
public final class TlsOptions implements ContextResolver<HttpClientOptions> {

  private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  private final Optional<CaBundle> caBundle;

  @Inject
  TlsOptions(Settings settings) {
    this(settings.caBundle());
  }

  TlsOptions(Optional<String> caBundle) {
    this.caBundle = caBundle.map(file -> new CaBundle(Path.of(file)));
  }

  @Override
  public HttpClientOptions getContext(Class<?> type) {
    HttpClientOptions options =
        new HttpClientOptions().setEnabledSecureTransportProtocols(new LinkedHashSet<>(PROTOCOLS));
    caBundle.ifPresent(trusted -> options.setTrustOptions(TrustOptions.wrap(trusted)));
    return options;
  }
}
