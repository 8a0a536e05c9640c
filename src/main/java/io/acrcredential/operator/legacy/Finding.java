package io.acrcredential.operator.legacy;

public record Finding(String cause, String message) {
  public boolean leavesOut() {
    return false;
  }
}
