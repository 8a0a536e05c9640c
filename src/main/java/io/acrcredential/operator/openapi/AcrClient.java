package io.acrcredential.operator.openapi;

import io.acrcredential.operator.policy.Reason;
import io.acrcredential.operator.policy.RegistryRef;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.rest.client.inject.RestClient;

/** Asks over HTTP, signed. */
@ApplicationScoped
public class AcrClient implements Acr {

  /** A healthy call takes well under a second; a hanging one must not hold its retry for long. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final String TOKEN = "GetAuthorizationToken";
  private static final String ENDPOINTS = "ListInstanceEndpoint";

  private final AcrApi api;
  private final Endpoints endpoints;
  private final Clock clock;
  private final MeterRegistry meters;

  AcrClient(@RestClient AcrApi api, Endpoints endpoints, Clock clock, MeterRegistry meters) {
    this.api = api;
    this.endpoints = endpoints;
    this.clock = clock;
    this.meters = meters;
  }

  @Override
  public Uni<IssuedToken> token(RegistryRef ref, AccessKey key) {
    return switch (ref.edition()) {
      case ENTERPRISE ->
          call(
              ref,
              TOKEN,
              key,
              url -> api.enterprise(url, key, TOKEN, ref.instanceId()),
              reply -> reply.enterpriseToken(clock));
      case PERSONAL, PERSONAL_INSTANCE ->
          call(
              ref,
              TOKEN,
              key,
              url -> api.personalToken(url, key),
              reply -> reply.personalToken(clock));
    };
  }

  @Override
  public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
    return call(
        ref,
        ENDPOINTS,
        key,
        url -> api.enterprise(url, key, ENDPOINTS, ref.instanceId()),
        AcrReply::domains);
  }

  private <T> Uni<T> call(
      RegistryRef ref,
      String action,
      AccessKey key,
      Function<String, Uni<Response>> send,
      Function<AcrReply, T> read) {
    return endpoints
        .registry(ref.region())
        .chain(
            url ->
                send.apply(url)
                    .ifNoItem()
                    .after(TIMEOUT)
                    .fail()
                    .map(
                        r ->
                            read.apply(
                                AcrReply.of(
                                    r.getStatus(), r.readEntity(String.class), action, key)))
                    .onFailure(failure -> !(failure instanceof AcrException))
                    .transform(failure -> unreachable(url, failure, key)))
        .onItemOrFailure()
        .invoke((item, failure) -> count(action, ref.region(), failure));
  }

  private void count(String action, String region, Throwable failure) {
    Reason reason = failure instanceof AcrException e ? e.reason() : Reason.Unreachable;
    String outcome = failure == null ? "success" : reason.name();
    meters
        .counter("acr_api_requests", "api", action, "region", region, "outcome", outcome)
        .increment();
    if (failure != null && reason == Reason.Throttled) {
      meters.counter("acr_api_throttled").increment();
    }
  }

  private static AcrException unreachable(String url, Throwable failure, AccessKey key) {
    String what =
        failure instanceof TimeoutException
            ? "no answer within " + TIMEOUT.toSeconds() + " s"
            : rootMessage(failure);
    return new AcrException(
        Reason.Unreachable,
        failure instanceof TimeoutException ? "Timeout" : "ConnectionFailed",
        RemoteText.clean(url + ": " + what, key),
        "Check that the cluster can reach the endpoint, and ACR_NETWORK and the proxy settings.",
        "");
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root instanceof UnknownHostException
        ? "the host name is unknown"
        : root.getClass().getSimpleName() + ": " + root.getMessage();
  }
}
