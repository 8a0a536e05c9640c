// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.explain.finding.Text;

/** The words of the page. */
final class Texts {

  static final Text NAME_OF_LANGUAGE = new Text("English", "中文");
  static final Text INTERRUPTED =
      new Text(
          "The connection to the operator is interrupted: the page may be out of date.",
          "与 operator 的连接已中断，页面内容可能已过时。");

  static final Text LEADS = new Text("%s leads.", "%s 为主（leader）。");
  static final Text STANDBY =
      new Text(
          "%s does not lead: it shows the status that the leader has written."
              + " Only the leader knows about namespaces.",
          "%s 处于待命状态：显示的是 leader 写入的状态，命名空间的情况只有 leader 知道。");
  static final Text AS_OF = new Text("As of", "时间：");

  static final Text POLICIES_READY = new Text("Policies ready", "就绪的策略");
  static final Text REGISTRIES_FRESH = new Text("Registries with a fresh token", "临时密码有效的实例");
  static final Text ACCOUNTS_BOUND = new Text("ServiceAccounts bound", "已绑定的 ServiceAccount");
  static final Text NAMESPACES_COVERED = new Text("Namespaces covered", "已覆盖的命名空间");
  static final Text PULL_SECRETS = new Text("Pull Secrets", "拉取凭证");
  static final Text NEXT_EXPIRY = new Text("Next token expires in", "最早的临时密码剩余");
  static final Text OF = new Text("%s of %s", "%s / %s");

  static final Text PROBLEMS = new Text("Problems", "问题");
  static final Text NO_PROBLEM = new Text("No problem is known.", "没有已知的问题。");
  static final Text WHERE = new Text("Where", "位置");
  static final Text REASON = new Text("Reason", "原因");
  static final Text MESSAGE = new Text("What to do", "说明与处理");
  static final Text SINCE = new Text("Since (UTC)", "起始时间（UTC）");
  static final Text REQUEST_ID = new Text("Request ID", "请求 ID");
  static final Text NOT_SEEN =
      new Text("The operator has not seen this policy yet.", "operator 尚未处理该策略。");
  static final Text NOT_BOUND =
      new Text("%s ServiceAccounts are not bound yet.", "%s 个 ServiceAccount 尚未绑定。");

  static final Text POLICIES = new Text("Policies", "策略");
  static final Text POLICY = new Text("Policy", "策略");
  static final Text READY = new Text("Ready", "就绪");
  static final Text TOKENS = new Text("Fresh tokens", "有效的临时密码");
  static final Text BOUND = new Text("Bound", "已绑定");
  static final Text NAMESPACES = new Text("Namespaces", "命名空间");
  static final Text NAMESPACE = new Text("Namespace", "命名空间");
  static final Text OPERATOR = new Text("Operator", "operator");
  static final Text NEXT_REFRESH = new Text("Next refresh (UTC)", "下次刷新（UTC）");

  static final Text REGISTRIES = new Text("Registries", "镜像仓库实例");
  static final Text REGISTRY = new Text("Registry", "镜像仓库实例");
  static final Text PERSONAL_EDITION = new Text("Personal Edition", "个人版");
  static final Text REGION = new Text("Region", "地域");
  static final Text STATE = new Text("State", "状态");
  static final Text LEFT = new Text("Time to expiry", "剩余有效期");
  static final Text NO_TOKEN = new Text("no valid token", "无有效的临时密码");
  static final Text EXPIRES = new Text("Expires (UTC)", "到期时间（UTC）");
  static final Text IDENTITY = new Text("Identity", "身份");
  static final Text USED_BY = new Text("Policies", "策略");
  static final Text DOMAINS = new Text("Domains", "域名");
  static final Text REFRESHED = new Text("Refreshed (UTC)", "刷新时间（UTC）");
  static final Text CLOCK_OFFSET = new Text("Clock of ACR is ahead by", "ACR 的时钟快");

  static final Text PENDING = new Text("Pending", "等待中");
  private static final Text FRESH = new Text("Fresh", "有效");
  private static final Text STALE = new Text("Refresh fails", "刷新失败");
  private static final Text FAILED = new Text("Failed", "失败");
  private static final Text INVALID = new Text("Invalid", "配置无效");
  private static final Text SUSPENDED = new Text("Suspended", "已暂停");

  static final Text DAYS = new Text("%s days", "%s 天");
  static final Text HOURS = new Text("%s h %s min", "%s 小时 %s 分钟");
  static final Text MINUTES = new Text("%s min", "%s 分钟");
  static final Text SECONDS = new Text("%s s", "%s 秒");
  static final Text COMMA = new Text(", ", "、");
  static final Text MORE = new Text("… and %s more", "……另有 %s 项");
  static final Text NAMES_AND_MORE = new Text("%s and %s more", "%s 等，另有 %s 个");

  private Texts() {}

  static Text state(State state) {
    return switch (state) {
      case Fresh -> FRESH;
      case Pending -> PENDING;
      case Stale -> STALE;
      case Failed -> FAILED;
      case Invalid -> INVALID;
      case Suspended -> SUSPENDED;
    };
  }
}
