// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import java.util.regex.Pattern;

/**
 * The format of one kind of value in a policy. The CRD states the same formats as CEL rules with
 * the same advice.
 *
 * @param maxLength in Unicode code points
 * @param fix what to write instead
 */
public record ValueFormat(int maxLength, Pattern pattern, String fix) {

  /** The ID of an instance; empty for the Personal Edition of a region. */
  public static final ValueFormat INSTANCE_ID =
      new ValueFormat(
          66,
          "(crp?i-[a-z0-9][a-z0-9-]*)?",
          "write an id such as cri-abc or crpi-abc, or nothing for Personal Edition");

  /** A region id. It becomes part of a host name, so every source of a region is checked. */
  public static final ValueFormat REGION =
      new ValueFormat(63, "[a-z]{2,}(-[a-z0-9]+)+", "write a region id such as cn-hangzhou");

  /**
   * A key of a docker config: a host with an optional port and path. Every source of a domain is
   * checked, because kubelet reads a {@code *} as a pattern.
   */
  public static final ValueFormat DOMAIN =
      new ValueFormat(
          160,
          "(?![^/]*/v[12](/|$))[a-z0-9]+((\\.|-+)[a-z0-9]+)*(:[1-9][0-9]{0,4})?(/[a-z0-9._-]+)*/?",
          "write host[:port][/path] in lower case, without scheme and wildcard, such as"
              + " img.example.cn; the path does not begin with v1 or v2");

  static final ValueFormat PREFIX =
      new ValueFormat(
          128,
          "(?!/?v[12](/|$))/?[a-z0-9._-]+(/[a-z0-9._-]+)*/?",
          "write the first part of a repository's path, such as team-b; not v1 or v2, which kubelet"
              + " reads as the API's version");
  static final ValueFormat SECRET_NAME =
      new ValueFormat(
          253, "[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "name a Secret of the credentials namespace");
  static final ValueFormat SECRET_KEY =
      new ValueFormat(253, "[a-zA-Z0-9._-]+", "name a key of the Secret, such as access-key-id");
  static final ValueFormat ROLE_ARN =
      new ValueFormat(
          192,
          "acs:ram::[0-9]+:role/[A-Za-z0-9_.@-]+",
          "write the role's ARN as the RAM console shows it, such as"
              + " acs:ram::1234567890123456:role/acr-pull");
  static final ValueFormat PROVIDER_ARN =
      new ValueFormat(
          192,
          "acs:ram::[0-9]+:oidc-provider/[A-Za-z0-9_.@-]+",
          "write the identity provider's ARN as the RAM console shows it, such as"
              + " acs:ram::1234567890123456:oidc-provider/ack-rrsa-c0123");
  static final ValueFormat EXTERNAL_ID =
      new ValueFormat(
          1224,
          "[A-Za-z0-9_+=,.@:/-]{2,}",
          "write the id that the role's trust policy asks for: 2 to 1224 letters, digits and"
              + " _+=,.@:/-");

  /** The session name of a role. */
  public static final ValueFormat SESSION_NAME =
      new ValueFormat(
          64, "[A-Za-z0-9_.@-]{2,}", "write 2 to 64 letters, digits and _.@-, such as cluster-a");

  static final ValueFormat SESSION_POLICY =
      new ValueFormat(
          2048,
          "(?s)\\{.*",
          "write a RAM policy in JSON, which begins with {, of 2048 characters at most");
  static final ValueFormat DURATION =
      new ValueFormat(
          32,
          "(?=.*[1-9])([0-9]{1,9}(\\.[0-9]{1,6})?(ms|s|m|h))+",
          "write a positive duration such as 15m or 1h30m");
  static final ValueFormat EMAIL =
      new ValueFormat(254, "([^@\\s]+@[^@\\s]+)?", "write an address such as ops@example.com");
  static final ValueFormat NAMESPACE =
      new ValueFormat(
          63,
          "\\*|[a-z0-9]([a-z0-9-]*[a-z0-9])?",
          "write a namespace's name, or * for all; for a group of them use a selector");
  static final ValueFormat EXCLUDED_NAMESPACE =
      new ValueFormat(63, "[a-z0-9]([a-z0-9-]*[a-z0-9])?", "write a namespace's name");
  static final ValueFormat SERVICE_ACCOUNT =
      new ValueFormat(
          253,
          "\\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
          "write a ServiceAccount's name, or * for all; for a group of them use a selector");

  private ValueFormat(int maxLength, String regex, String fix) {
    this(maxLength, Pattern.compile(regex), fix);
  }

  /**
   * Whether the text has this format. The length is checked first, because a pattern may backtrack.
   */
  public boolean matches(String text) {
    return text != null
        && text.codePointCount(0, text.length()) <= maxLength
        && pattern.matcher(text).matches();
  }
}
