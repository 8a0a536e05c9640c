package io.acrcredential.operator.legacy;

import java.util.List;
import java.util.Map;

public final class AcrConfigurationReader {
  public static final String KEY_SECRET = "acr-configuration-keys";

  public Reading read(Map<String, String> data) {
    return new Reading.Unreadable(List.of());
  }
}
