package dev.penstock.replication.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepQueueTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** A waiter is volume/errors/not before/target, in seconds. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "a/0/0/5 b/0/0/3 c/0/0/4, b c a",
    "a/1/0/1 b/0/0/9, b a",
    "a/0/9/1 b/0/0/9, b",
    "a/0/9/1 b/3/0/9, b",
    "b/0/0/5 a/0/0/5, a b",
    "a/0/-5/9 b/0/-9/10, b a",
    "a/2/0/1 b/1/0/2 c/0/0/3, c b a",
    "a/0/0/3 p/0/0/plan, p a",
  })
  void whoFailsLeastAndIsBehindMostGoesFirst(String waiting, String order) {
    var queue = new StepQueue(9, _ -> 9);
    for (String one : waiting.split(" ", -1)) queue.enter(waiter("j", one));

    assertThat(names(queue.admit(START))).isEqualTo(order);
  }

  @Test
  void allVolumesGetToOneMomentBeforeAnyGetsToTheNext() {
    var queue = new StepQueue(1, _ -> 1);
    queue.enter(waiter("j", "a/0/0/1"));
    queue.enter(waiter("j", "b/0/0/1"));
    Turn first = queue.admit(START).getFirst();
    queue.leave(first);
    queue.enter(waiter("j", "a/0/0/2"));

    assertThat(names(queue.admit(START))).isEqualTo("b");
  }

  @Test
  void noMoreAreAdmittedThanThereAreSlotsOfAllAndOfEachJob() {
    var queue = new StepQueue(3, job -> job.equals("small") ? 1 : 3);
    for (String volume : List.of("a", "b", "c")) queue.enter(waiter("small", volume + "/0/0/1"));
    for (String volume : List.of("x", "y", "z")) queue.enter(waiter("big", volume + "/0/0/2"));

    List<Turn> admitted = queue.admit(START);
    assertThat(names(admitted)).isEqualTo("a x y");
    assertThat(queue.admit(START)).isEmpty();

    queue.leave(admitted.get(1));
    assertThat(names(queue.admit(START))).isEqualTo("z");
    queue.leave(admitted.getFirst());
    assertThat(names(queue.admit(START))).isEqualTo("b");
  }

  @Test
  void whoIsCancelledWaitsNoLongerAndLeavesNoSlotBehind() {
    var queue = new StepQueue(1, _ -> 1);
    var a = waiter("j", "a/0/0/1");
    var b = waiter("j", "b/0/0/2");
    queue.enter(a);
    queue.enter(b);
    queue.leave(a);
    assertThat(queue.admit(START)).containsExactly(b);

    queue.leave(b);
    queue.leave(b);
    assertThat(queue.admitted()).isZero();
    assertThat(queue.waiting()).isZero();
    queue.enter(a);
    queue.enter(b);
    assertThat(queue.admit(START)).containsExactly(a);
  }

  @Test
  void saysWhenItsWorthLookingAgain() {
    var queue = new StepQueue(1, _ -> 1);
    queue.enter(waiter("j", "a/0/30/1"));
    queue.enter(waiter("j", "b/1/20/1"));
    assertThat(queue.admit(START)).isEmpty();
    assertThat(queue.nextLook(START)).contains(START.plusSeconds(20));

    assertThat(names(queue.admit(START.plusSeconds(20)))).isEqualTo("b");
    assertThat(queue.nextLook(START.plusSeconds(20))).isEmpty();
  }

  private static Turn waiter(String job, String text) {
    String[] part = text.split("/", -1);
    Instant target =
        part[3].equals("plan") ? Turn.PLANNING : START.plusSeconds(Long.parseLong(part[3]));
    return new Turn(
        UUID.nameUUIDFromBytes(Arrays.toString(part).getBytes(UTF_8)),
        job,
        Integer.parseInt(part[1]),
        START.plusSeconds(Long.parseLong(part[2])),
        target,
        part[0]);
  }

  private static String names(List<Turn> waiting) {
    return waiting.stream().map(Turn::volume).collect(Collectors.joining(" "));
  }
}
