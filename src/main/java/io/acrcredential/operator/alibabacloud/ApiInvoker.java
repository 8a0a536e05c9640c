// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.TextSanitizer;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * Makes one API call of any service: with a timeout, a validated response and metrics. Repeats the
 * call once if only the local clock was wrong.
 */
@Singleton
public class ApiInvoker {

  /** A healthy call takes well under a second; a hanging call must not delay its retry for long. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final String TIMED_OUT = "Timeout";
  private static final String NO_CONNECTION = "ConnectionFailed";
  private static final String INVALID_TIMESTAMP = "InvalidTimeStamp";

  private final EndpointClocks clocks;
  private final ApiMetrics metrics;
  private final Executor eventLoops;

  /**
   * Sends calls from all event loops in turn: calls from any other thread would all use the same
   * event loop.
   */
  @Inject
  public ApiInvoker(EndpointClocks clocks, MeterRegistry meters, Vertx vertx) {
    this(
        clocks,
        meters,
        call ->
            ((VertxInternal) vertx).createEventLoopContext().runOnContext(context -> call.run()));
  }

  /**
   * @param eventLoops runs the calls
   */
  public ApiInvoker(EndpointClocks clocks, MeterRegistry meters, Executor eventLoops) {
    this.clocks = clocks;
    this.metrics = new ApiMetrics(meters);
    this.eventLoops = eventLoops;
  }

  /**
   * Sends the request and reads the response. Fails with an {@link AlibabaCloudException}.
   *
   * @param action with its product: {@code cr:GetAuthorizationToken}
   * @param key its parts are masked if a response quotes them
   * @param send called for every attempt, so that each has its own nonce and date
   */
  public Uni<ApiResponse> call(
      String region,
      String action,
      AccessKey key,
      String url,
      Function<String, Uni<Response>> send) {
    return callOnce(region, action, key, url, send)
        .onFailure(
            failure -> failure instanceof AlibabaCloudException e && isClockCorrected(url, e))
        .recoverWithUni(() -> callOnce(region, action, key, url, send));
  }

  private Uni<ApiResponse> callOnce(
      String region,
      String action,
      AccessKey key,
      String url,
      Function<String, Uni<Response>> send) {
    return Uni.createFrom()
        .deferred(
            () -> {
              Instant sentAt = clocks.now();
              return send.apply(url).map(response -> read(response, action, key, url, sentAt));
            })
        .runSubscriptionOn(eventLoops)
        .ifNoItem()
        .after(TIMEOUT)
        .fail()
        .onFailure(failure -> !(failure instanceof AlibabaCloudException))
        .transform(
            failure ->
                ResponseTooLongException.isIn(failure)
                    ? ApiResponse.tooLong(action)
                    : unreachable(url, failure, key))
        .onItemOrFailure()
        .invoke((item, failure) -> metrics.count(action, region, failure));
  }

  private ApiResponse read(
      Response response, String action, AccessKey key, String url, Instant sentAt) {
    URI endpoint = URI.create(url);
    ResponseHeaders headers = ResponseHeaders.of(response);
    clocks.observe(endpoint, headers.date(), sentAt);
    return ApiResponse.of(
        response.getStatus(),
        text(response),
        action,
        key,
        new Reception(headers, clocks.now(), clocks.offset(endpoint)));
  }

  private static String text(Response response) {
    return response.readEntity(String.class);
  }

  private boolean isClockCorrected(String url, AlibabaCloudException e) {
    return e.code().startsWith(INVALID_TIMESTAMP)
        && clocks.correctSigningTime(URI.create(url), e.serverDate(), clocks.now());
  }

  /** Whether the host did not answer, so that another host can be called. */
  public static boolean isUnanswered(Throwable failure) {
    return failure instanceof AlibabaCloudException e
        && (e.code().equals(TIMED_OUT)
            || e.code().equals(NO_CONNECTION)
            || e.isDnsFailure()
            || e.code().equals(AlibabaCloudException.UNKNOWN_HOST));
  }

  private static AlibabaCloudException unreachable(String url, Throwable failure, AccessKey key) {
    LookupException lookup = LookupException.findIn(failure);
    if (lookup != null) {
      return noAddress(url, lookup, key);
    }
    boolean timedOut = failure instanceof TimeoutException;
    String what =
        timedOut ? "no answer within " + TIMEOUT.toSeconds() + " s" : ExceptionText.of(failure);
    return new AlibabaCloudException(
        Reason.Unreachable,
        timedOut ? TIMED_OUT : NO_CONNECTION,
        TextSanitizer.clean(url + ": " + what, key.values()),
        isTlsFailure(failure)
            ? "If a proxy inspects TLS, add its CA to ACR_CA_BUNDLE (caBundle of the chart); else"
                + " check the endpoint and the clock of the node."
            : "Check the route from the cluster to the endpoint, ACR_NETWORK and the proxy"
                + " settings.",
        "");
  }

  private static boolean isTlsFailure(Throwable failure) {
    return ExceptionText.chain(failure).stream()
        .anyMatch(cause -> cause instanceof SSLException || cause instanceof CertificateException);
  }

  /** The only host to resolve besides that of the URL is the proxy. */
  private static AlibabaCloudException noAddress(
      String url, LookupException lookup, AccessKey key) {
    boolean proxy = !lookup.host().equalsIgnoreCase(URI.create(url).getHost());
    return new AlibabaCloudException(
        Reason.Unreachable,
        AlibabaCloudException.dnsCode(lookup.kind()),
        TextSanitizer.clean(
            url + ": " + lookup.getMessage() + (proxy ? ", which is the proxy" : ""), key.values()),
        lookup.kind() == LookupException.Kind.UNKNOWN
            ? "Check the name in " + (proxy ? "the proxy settings." : "the ACR_ENDPOINT settings.")
            : "Check the DNS of the cluster; if only one server does not answer, set dnsConfig of"
                + " the pod.",
        "");
  }
}
