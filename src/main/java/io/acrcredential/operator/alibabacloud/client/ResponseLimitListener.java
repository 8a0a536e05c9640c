// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import org.eclipse.microprofile.rest.client.RestClientBuilder;
import org.eclipse.microprofile.rest.client.spi.RestClientListener;
import org.jboss.resteasy.reactive.client.impl.VertxRequestCustomizingClientBuilder;

/** Limits the responses of all REST clients: those of this package. Found by a service loader. */
public final class ResponseLimitListener implements RestClientListener {

  @Override
  public void onNewClient(Class<?> client, RestClientBuilder builder) {
    ((VertxRequestCustomizingClientBuilder<?>) builder)
        .httpClientRequestCustomizer(ResponseLimit::addTo);
  }
}
