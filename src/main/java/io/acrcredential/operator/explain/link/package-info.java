/**
 * The links of the chain from the operator to the pod. Each is a pure function of the facts and
 * returns findings, in English and Chinese.
 */
package io.acrcredential.operator.explain.link;
