// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.testkit.ManualTime;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiInvokerTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final AccessKey KEY = AccessKey.of("LTAIplanted", "planted-secret");
  private static final String EXPIRED =
      "{\"Code\":\"InvalidTimeStamp.Expired\",\"Message\":\"m\",\"RequestId\":\"R\"}";
  private static final String GOOD = "{\"Code\":\"success\"}";
  private static final String AN_HOUR_AHEAD = "Thu, 1 Jan 2026 01:00:00 GMT";

  private final EndpointClocks clocks = new EndpointClocks(new ManualTime(START).clock());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ApiInvoker invoker = new ApiInvoker(clocks, meters, Runnable::run);
  private final Deque<Uni<Response>> answers = new ArrayDeque<>();
  private final List<Instant> sentAt = new ArrayList<>();
  private final Set<Thread> sentBy = new HashSet<>();

  private void answer(int status, String body, String date) {
    answers.add(Uni.createFrom().item(Answers.of(status, body, date)));
  }

  private ApiResponse ask() {
    return ask(invoker);
  }

  private ApiResponse ask(ApiInvoker by) {
    return by.call(
            "cn-hangzhou",
            "cr:GetAuthorizationToken",
            KEY,
            "https://cr.example",
            url -> {
              sentAt.add(signingTime());
              sentBy.add(Thread.currentThread());
              return answers.remove();
            })
        .await()
        .atMost(Duration.ofSeconds(30));
  }

  private Instant signingTime() {
    return clocks.signingTime(URI.create("https://cr.example"));
  }

  private AlibabaCloudException refused() {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, this::ask);
    assertThat(e).isNotNull();
    return e;
  }

  private double counted(String outcome) {
    var counter = meters.find("acr_api_requests").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  /** Prometheus does not see the increase of a counter that starts with 1. */
  @Test
  void registersEveryOutcomeBeforeItHappens() {
    // given
    assertThat(meters.get("acr_api_throttled").counter().count()).isZero();
    answer(200, GOOD, null);

    // when
    ask();

    // then
    assertThat(meters.find("acr_api_requests").tag("region", "cn-hangzhou").counters())
        .extracting(counter -> counter.getId().getTag("outcome"), Counter::count)
        .containsExactlyInAnyOrder(
            tuple("success", 1.0),
            tuple("AccessDenied", 0.0),
            tuple("CredentialsMissing", 0.0),
            tuple("InstanceNotFound", 0.0),
            tuple("Throttled", 0.0),
            tuple("Unreachable", 0.0));
  }

  @Test
  void sendsCallsOfOneThreadFromSeveralEventLoops() {
    // given
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    ApiInvoker spread = new ApiInvoker(clocks, meters, vertx);

    // when
    try {
      for (int i = 0; i < 4; i++) {
        answer(200, GOOD, null);
        ask(spread);
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    // then
    assertThat(sentBy).hasSize(2).doesNotContain(Thread.currentThread());
  }

  @Test
  void sendsOneRequestIfItSucceeds() {
    // given
    answer(200, GOOD, AN_HOUR_AHEAD);

    // when
    ask();

    // then
    assertThat(sentAt).containsExactly(START);
    assertThat(signingTime()).as("one Date").isEqualTo(START);
    assertThat(counted("success")).isOne();
  }

  @Test
  void correctsTheClockByTheServersDateAndRetries() {
    // given
    answer(400, EXPIRED, AN_HOUR_AHEAD);
    answer(200, GOOD, null);

    // when
    ask();

    // then
    assertThat(sentAt).hasSize(2).startsWith(START);
    assertThat(sentAt.get(1)).isCloseTo(START.plusSeconds(3_600), within(1, ChronoUnit.SECONDS));
    assertThat(counted("success")).isOne();
    assertThat(counted("Unreachable")).isOne();
  }

  @Test
  void retriesOnlyOnce() {
    // given
    answer(400, EXPIRED, AN_HOUR_AHEAD);
    answer(400, EXPIRED, AN_HOUR_AHEAD);

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(sentAt).hasSize(2);
    assertThat(e.code()).isEqualTo("InvalidTimeStamp.Expired");
    assertThat(e.requestId()).isEqualTo("R");
    assertThat(e.isPermanent()).isFalse();
  }

  /** A proxy with a Date of 1970 would make every token look fresh for decades. */
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "soon",
        "2026-01-01T01:00:00Z",
        "Thu, 1 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 1 Jan 2026 01:00:00 GMT"
      })
  void ignoresAnImplausibleDateAndDoesNotRetry(String date) {
    // given
    answer(400, EXPIRED, date);

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(sentAt).hasSize(1);
    assertThat(signingTime()).isEqualTo(START);
    assertThat(e.code()).isEqualTo("InvalidTimeStamp.Expired");
    assertThat(e.advice()).contains("clock");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Forbidden.RAM", "SignatureDoesNotMatch", "Throttling"})
  void doesNotCorrectTheClockAfterOtherRefusals(String code) {
    // given
    answer(400, "{\"Code\":\"" + code + "\"}", AN_HOUR_AHEAD);

    // when
    refused();

    // then
    assertThat(sentAt).hasSize(1);
    assertThat(signingTime()).isEqualTo(START);
  }

  @Test
  void countsThrottling() {
    // given
    answer(503, "{\"Code\":\"Throttling.User\"}", null);

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e.reason()).isEqualTo(Reason.Throttled);
    assertThat(counted("Throttled")).isOne();
    assertThat(meters.get("acr_api_throttled").counter().count()).isOne();
  }

  @Test
  void saysHowLongTheServiceRefusesFurtherCalls() {
    // given
    answers.add(
        Uni.createFrom()
            .item(
                Response.status(400)
                    .entity("{\"Code\":\"Throttling.User\"}")
                    .header("x-ratelimit-user", "Limit:1,Remain:0,TimeLeft:2000,Reset:1")
                    .build()));

    // when, then
    assertThat(refused().retryAfter()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void reportsNoAnswerWithTheHostAndWithoutSecrets() {
    // given
    answers.add(
        Uni.createFrom()
            .failure(new ProcessingException(new IllegalStateException("with planted-secret"))));

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e.code()).isEqualTo("ConnectionFailed");
    assertThat(e).hasMessage("https://cr.example: IllegalStateException");
    assertThat(e.advice()).contains("ACR_NETWORK");
    assertThat(ApiInvoker.isUnanswered(e)).isTrue();
  }

  /** The message of Netty quotes half of the key, which a mask of the whole key would miss. */
  @Test
  void hidesHeaderValuesInErrorsOfTheHttpClient() {
    // given
    answers.add(
        Uni.createFrom()
            .failure(
                new IllegalArgumentException(
                    "a header value contains prohibited character 0xa at index 47:"
                        + " ACS3-HMAC-SHA256 Credential=LTAI,planted,Signature=planted")));

    // when, then
    assertThat(refused()).hasMessage("https://cr.example: IllegalArgumentException");
  }

  @Test
  void reportsAnUnknownHostInWords() {
    // given
    answers.add(
        Uni.createFrom()
            .failure(
                new ProcessingException(
                    new UnknownHostException("cr.example: Name or service not known"))));

    // when, then
    assertThat(refused()).hasMessage("https://cr.example: the host name is unknown");
  }

  @Test
  void advisesTheCaBundleAfterATlsFailure() {
    // given
    answers.add(
        Uni.createFrom()
            .failure(
                new ProcessingException(
                    new SSLHandshakeException("PKIX path building failed: planted"))));

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e).hasMessage("https://cr.example: the certificate's CA is not trusted");
    assertThat(e.advice()).contains("ACR_CA_BUNDLE", "caBundle");
  }

  private AlibabaCloudException lookupFails(LookupException failure) {
    answers.add(Uni.createFrom().failure(new ProcessingException(failure)));
    return refused();
  }

  @Test
  void reportsTheDnsErrorWithTheName() {
    // when
    AlibabaCloudException unknown = lookupFails(LookupException.unknown("cr.example"));
    AlibabaCloudException silent =
        lookupFails(LookupException.noAnswer("cr.example", Duration.ofSeconds(5)));
    AlibabaCloudException failed = lookupFails(LookupException.failed("cr.example"));

    // then
    assertThat(unknown)
        .hasMessage("https://cr.example: DNS knows no address of the name cr.example");
    assertThat(silent)
        .hasMessage("https://cr.example: DNS did not answer within 5 s for the name cr.example");
    assertThat(failed)
        .hasMessage(
            "https://cr.example: DNS failed for the name cr.example"
                + " (SERVFAIL, REFUSED, or no server within reach)");
    assertThat(List.of(unknown, silent, failed))
        .extracting(
            AlibabaCloudException::code,
            AlibabaCloudException::isDnsFailure,
            ApiInvoker::isUnanswered)
        .containsExactly(
            tuple("UnknownHost", false, true),
            tuple("DnsTimeout", true, true),
            tuple("DnsFailure", true, true));
    assertThat(silent.advice()).contains("dnsConfig");
  }

  @Test
  void reportsAnUnresolvableProxyInsteadOfTheService() {
    // when
    AlibabaCloudException e = lookupFails(LookupException.unknown("proxy.example"));

    // then
    assertThat(e)
        .hasMessage(
            "https://cr.example: DNS knows no address of the name proxy.example, which is the"
                + " proxy");
    assertThat(e.advice()).contains("proxy");
  }

  @Test
  void reportsAnExceptionOfTheClientAsNoAnswer() {
    // when
    AlibabaCloudException e =
        catchThrowableOfType(
            AlibabaCloudException.class,
            () ->
                invoker
                    .call(
                        "r",
                        "sts:AssumeRole",
                        KEY,
                        "https://x",
                        url -> {
                          throw new IllegalArgumentException("bad URI");
                        })
                    .await()
                    .atMost(Duration.ofSeconds(30)));

    // then
    assertThat(e.code()).isEqualTo("ConnectionFailed");
  }

  @ParameterizedTest
  @CsvSource({"true, Timeout", "false, Throttling"})
  void triesAnotherHostOnlyAfterNoAnswer(boolean silent, String code) {
    // given
    answers.add(
        silent
            ? Uni.createFrom().failure(new TimeoutException())
            : Uni.createFrom().item(Answers.of(500, "{\"Code\":\"Throttling\"}")));

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e.code()).isEqualTo(code);
    assertThat(ApiInvoker.isUnanswered(e)).isEqualTo(silent);
  }
}
