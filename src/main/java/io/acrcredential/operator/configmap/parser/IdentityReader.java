// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.Sha256;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.AssumeRole;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Oidc;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.SecretRef;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.text.CredentialFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads whose identity an item uses, and collects the AccessKeys that are written in plain text.
 */
final class IdentityReader {

  /** Longer and wider than real AccessKeys, but without blanks, quotes and comments. */
  private static final Pattern ACCESS_KEY =
      Pattern.compile("(?!.*//)[A-Za-z0-9_.+/=~!@$%^&*-]{1,256}");

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private final boolean rrsa;
  private final Findings findings;

  /** Key of the Secret → its value. */
  private final Map<String, SensitiveString> accessKeys = new LinkedHashMap<>();

  /**
   * @param rrsa whether the ConfigMap switches RRSA on
   */
  IdentityReader(boolean rrsa, Findings findings) {
    this.rrsa = rrsa;
    this.findings = findings;
  }

  /** Null = the operator's own identity. */
  Credentials read(RegistryFields fields, ItemPosition position) throws UnreadableException {
    boolean namesOidc =
        fields.has(RegistryFields.RRSA_ROLE) || fields.has(RegistryFields.RRSA_PROVIDER);
    if (namesOidc && !rrsa) {
      findings.add(
          Finding.NO_EFFECT,
          position.where()
              + ": the rrsa… keys have no effect, because RRSA is off; to switch it on,"
              + " write rrsa: \"enable: true\" into the ConfigMap");
    }
    String role = fields.text(RegistryFields.ASSUME_ROLE);
    boolean keys = fields.has(RegistryFields.KEY_ID) || fields.has(RegistryFields.KEY_SECRET);
    boolean oidc = rrsa && namesOidc;
    if (keys && oidc) {
      throw position.unreadable(
          ": both "
              + RegistryFields.KEY_ID
              + " and "
              + RegistryFields.RRSA_ROLE
              + " are given; write only one of these identities");
    }
    boolean temporary = oidc || !role.isEmpty();
    Integer seconds = temporary ? seconds(fields, position) : null;
    if (!temporary && fields.has(RegistryFields.DURATION)) {
      findings.add(
          Finding.NO_EFFECT,
          position.where()
              + ": "
              + RegistryFields.DURATION
              + " has no effect without "
              + RegistryFields.ASSUME_ROLE
              + " or RRSA");
    }
    if (!keys && !temporary) {
      return null;
    }
    return new Credentials(
        keys ? secretRef(fields, position) : null,
        // Only the last role's credentials fetch tokens, so expireDuration is its duration.
        oidc ? oidc(fields, role.isEmpty() ? seconds : null, position) : null,
        role.isEmpty() ? null : assumeRole(role, seconds));
  }

  /** The AccessKeys that these registries refer to, by the key of the Secret that stores them. */
  Map<String, SensitiveString> accessKeysOf(List<Registry> registries) {
    Map<String, SensitiveString> used = new LinkedHashMap<>();
    for (Registry registry : registries) {
      SecretRef ref = registry.credentials() == null ? null : registry.credentials().secretRef();
      if (ref != null) {
        used.put(ref.accessKeyIdKey(), accessKeys.get(ref.accessKeyIdKey()));
        used.put(ref.accessKeySecretKey(), accessKeys.get(ref.accessKeySecretKey()));
      }
    }
    return used;
  }

  private static AssumeRole assumeRole(String role, Integer seconds) {
    return new AssumeRole(
        role, null, Identity.Role.DEFAULT_SESSION_NAME, orDefaultDuration(seconds), null);
  }

  private static Oidc oidc(RegistryFields fields, Integer seconds, ItemPosition position)
      throws UnreadableException {
    requireBoth(fields, RegistryFields.RRSA_ROLE, RegistryFields.RRSA_PROVIDER, position);
    return new Oidc(
        fields.text(RegistryFields.RRSA_ROLE),
        fields.text(RegistryFields.RRSA_PROVIDER),
        orDefaultDuration(seconds));
  }

  private static Integer orDefaultDuration(Integer seconds) {
    return seconds == null ? Identity.Role.DEFAULT_DURATION_SECONDS : seconds;
  }

  private static void requireBoth(
      RegistryFields fields, String one, String other, ItemPosition position)
      throws UnreadableException {
    for (String name : List.of(one, other)) {
      if (!fields.has(name)) {
        throw position.unreadable(": " + name + " is missing; write both " + one + " and " + other);
      }
    }
  }

  /** Null = none is given. The rules for policies check the range. */
  private static Integer seconds(RegistryFields fields, ItemPosition position)
      throws UnreadableException {
    String text = fields.text(RegistryFields.DURATION);
    if (text.isEmpty()) {
      return null;
    }
    if (!SECONDS.matcher(text).matches()) {
      throw position.unreadable(
          ": "
              + RegistryFields.DURATION
              + " has the value "
              + position.shown(text)
              + "; write a number of seconds from 900 to 43200, such as 3600");
    }
    return Integer.valueOf(text);
  }

  /** The AccessKey moves into a Secret, under a name that stays the same as long as its id does. */
  private SecretRef secretRef(RegistryFields fields, ItemPosition position)
      throws UnreadableException {
    requireBoth(fields, RegistryFields.KEY_ID, RegistryFields.KEY_SECRET, position);
    String id = fields.text(RegistryFields.KEY_ID);
    SensitiveString secret = SensitiveString.of(fields.text(RegistryFields.KEY_SECRET));
    for (String name : List.of(RegistryFields.KEY_ID, RegistryFields.KEY_SECRET)) {
      if (!ACCESS_KEY.matcher(fields.text(name)).matches()
          || CredentialFormat.fault(fields.text(name)).isPresent()) {
        throw position.unreadable(
            ": "
                + name
                + " is not an AccessKey (***); write it as the RAM console shows it, only letters and digits");
      }
    }
    String name = Sha256.hex(id, 4);
    SecretRef ref =
        new SecretRef(
            AcrConfigurationParser.KEYS_SECRET,
            name + ".access-key-id",
            name + ".access-key-secret");
    SensitiveString known = accessKeys.putIfAbsent(ref.accessKeySecretKey(), secret);
    if (known != null && !known.equals(secret)) {
      throw position.unreadable(
          ": an earlier item has the same "
              + RegistryFields.KEY_ID
              + " with a different "
              + RegistryFields.KEY_SECRET
              + "; write the correct one in both");
    }
    accessKeys.put(ref.accessKeyIdKey(), SensitiveString.of(id));
    return ref;
  }
}
