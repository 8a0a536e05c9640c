// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.Sha256;
import io.acrcredential.operator.endpoint.EndpointClocks;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jboss.resteasy.reactive.client.impl.RestClientRequestContext;
import org.jboss.resteasy.reactive.client.spi.ResteasyReactiveClientRequestContext;
import org.jboss.resteasy.reactive.client.spi.ResteasyReactiveClientRequestFilter;

/**
 * Signs requests with the {@link AccessKey} among the arguments of the client method, so that one
 * client serves all identities and no AccessKey secret is in a header or URL. Every attempt has its
 * own nonce.
 */
public final class SigningFilter implements ResteasyReactiveClientRequestFilter {

  private static final String NO_BODY = Sha256.hex(new byte[0]);

  @Inject EndpointClocks clocks;

  @Override
  public void filter(ResteasyReactiveClientRequestContext request) {
    AccessKey key = accessKey(request);
    URI uri = request.getUri();
    put(request, "x-acs-date", clocks.signingTime(uri).truncatedTo(ChronoUnit.SECONDS).toString());
    put(request, "x-acs-signature-nonce", UUID.randomUUID().toString());
    put(request, "x-acs-content-sha256", NO_BODY);
    if (key.securityToken() != null) {
      put(request, "x-acs-security-token", key.securityToken().reveal());
      put(request, "x-acs-accesskey-id", key.id());
    }
    SortedMap<String, String> signed = new TreeMap<>();
    signed.put("host", uri.getRawAuthority());
    for (Map.Entry<String, java.util.List<String>> header : request.getStringHeaders().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith("x-acs-") || name.equals("content-type")) {
        signed.put(name, String.join(",", header.getValue()));
      }
    }
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    put(
        request,
        "Authorization",
        Acs3Signature.authorization(
            request.getMethod(), path, uri.getRawQuery(), signed, NO_BODY, key));
  }

  private static void put(ResteasyReactiveClientRequestContext request, String name, String value) {
    request.getHeaders().putSingle(name, value);
  }

  private static AccessKey accessKey(ResteasyReactiveClientRequestContext request) {
    Object arguments = request.getProperty(RestClientRequestContext.INVOKED_METHOD_PARAMETERS_PROP);
    if (arguments instanceof Iterable<?> list) {
      for (Object argument : list) {
        if (argument instanceof AccessKey key) {
          return key;
        }
      }
    }
    throw new IllegalStateException("the client method has no AccessKey parameter");
  }
}
