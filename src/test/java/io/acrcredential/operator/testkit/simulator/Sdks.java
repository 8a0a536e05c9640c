// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.aliyun.credentials.http.CompatibleUrlConnClient;
import com.aliyun.credentials.http.HttpRequest;
import com.aliyun.credentials.models.CredentialModel;
import com.aliyun.credentials.provider.ECSMetadataServiceCredentialsFetcher;
import com.aliyun.credentials.provider.OIDCRoleArnCredentialProvider;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.cr.model.v20160607.GetAuthorizationTokenRequest;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.util.Map;

/** The official SDKs, made to talk to loopback. */
final class Sdks {

  private Sdks() {}

  static com.aliyun.sts20150401.Client sts(URI endpoint, SessionCredentials key) throws Exception {
    return new com.aliyun.sts20150401.Client(config(endpoint, key));
  }

  static com.aliyun.cr20181201.Client enterprise(URI endpoint, SessionCredentials key)
      throws Exception {
    return new com.aliyun.cr20181201.Client(config(endpoint, key));
  }

  /** A call of no SDK's own, signed by V3. */
  static Map<String, ?> call(
      URI endpoint, SessionCredentials key, Params api, Map<String, String> query)
      throws Exception {
    return new com.aliyun.teaopenapi.Client(config(endpoint, key))
        .callApi(api, new OpenApiRequest().setQuery(query), new RuntimeOptions());
  }

  /** {@code GET /tokens} of API 2016-06-07, signed by V3. */
  static Map<String, ?> personal(URI endpoint, SessionCredentials key) throws Exception {
    var api =
        new Params()
            .setAction("GetAuthorizationToken")
            .setVersion("2016-06-07")
            .setProtocol("HTTPS")
            .setPathname("/tokens")
            .setMethod("GET")
            .setAuthType("AK")
            .setStyle("ROA")
            .setReqBodyType("json")
            .setBodyType("json");
    return call(endpoint, key, api, Map.of());
  }

  /** {@code GET /tokens} of API 2016-06-07, signed the older way. */
  static void oldPersonal(URI endpoint, SessionCredentials key) throws Exception {
    var profile =
        DefaultProfile.getProfile("cn-hangzhou", key.accessKeyId(), key.accessKeySecret());
    var request = new GetAuthorizationTokenRequest();
    request.setSysProtocol(ProtocolType.HTTP);
    request.setSysEndpoint(endpoint.getAuthority());
    new DefaultAcsClient(profile).doAction(request);
  }

  /** AssumeRoleWithOIDC as credentials-java sends it, the SDKs' way to use RRSA. */
  static CredentialModel withOidc(
      URI endpoint, String roleArn, String providerArn, String token, String policy)
      throws Exception {
    var file = Files.writeString(Files.createTempFile("oidc", "token"), token);
    try {
      return OIDCRoleArnCredentialProvider.builder()
          .roleArn(roleArn)
          .oidcProviderArn(providerArn)
          .oidcTokenFilePath(file.toString())
          .roleSessionName("acr-credential-operator")
          .durationSeconds(3600)
          .policy(policy)
          .STSEndpoint("sts.aliyuncs.com")
          .build()
          .createCredential(to(endpoint))
          .value();
    } finally {
      Files.delete(file);
    }
  }

  /** The ECS instance's role as credentials-java reads it. */
  static CredentialModel ofInstance(URI endpoint, boolean hardenedOnly) {
    return new ECSMetadataServiceCredentialsFetcher("", hardenedOnly, null, null)
        .fetch(to(endpoint))
        .value();
  }

  /** credentials-java has the hosts, and HTTPS, built in. */
  private static CompatibleUrlConnClient to(URI endpoint) {
    return new CompatibleUrlConnClient() {
      @Override
      public HttpURLConnection buildHttpConnection(HttpRequest request) {
        request.setSysUrl(request.getSysUrl().replaceFirst("https?://[^/]*", endpoint.toString()));
        return super.buildHttpConnection(request);
      }
    };
  }

  private static Config config(URI endpoint, SessionCredentials key) {
    var config = new Config().setProtocol("http").setEndpoint(endpoint.getAuthority());
    if (key == null) {
      return config;
    }
    config.setAccessKeyId(key.accessKeyId()).setAccessKeySecret(key.accessKeySecret());
    return key.securityToken() == null
        ? config
        : config.setSecurityToken(key.securityToken()).setType("sts");
  }
}
