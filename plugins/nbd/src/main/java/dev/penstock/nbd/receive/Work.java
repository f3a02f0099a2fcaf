package dev.penstock.nbd.receive;

import dev.penstock.nbd.client.ZeroRuns;
import dev.penstock.nbd.transmit.StoreFailure;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Does to a volume what a source asks for, a batch at a time: one flush makes all WRITEs of a batch
 * durable before any of them is answered. One call at a time, on any worker.
 */
final class Work {
  /**
   * What a batch came to, in the order of its requests.
   *
   * @param written the WRITEs that are durable now
   */
  record Done(List<Answer> answers, List<Step.Written> written) {}

  /** An answer, and the data of a READ. */
  record Answer(long cookie, Optional<ErrorNumber> error, Optional<ByteBuffer> data) {
    static Answer of(long cookie, Optional<ErrorNumber> error) {
      return new Answer(cookie, error, Optional.empty());
    }
  }

  private final Volume volume;

  /** Of the WRITE that is under way, which may have begun in an earlier batch. */
  private Optional<ErrorNumber> failed = Optional.empty();

  Work(Volume volume) {
    this.volume = volume;
  }

  /** Whether a batch asks anything of the volume. */
  static boolean isAny(List<Step> batch) {
    return batch.stream()
        .anyMatch(step ->
            switch (step) {
              case Step.Piece _, Step.Written _, Step.Read _, Step.Flush _ -> true;
              case Step.Refused _, Step.Broken _, Step.Disconnect _ -> false;
            });
  }

  /** What a batch comes to that asks nothing of it. */
  static Done nothing(List<Step> batch) {
    List<Answer> answers = new ArrayList<>();
    for (Step step : batch) {
      if (step instanceof Step.Refused(long cookie, var error))
        answers.add(Answer.of(cookie, Optional.of(error)));
      if (step instanceof Step.Broken(long cookie, var error, var _))
        answers.add(Answer.of(cookie, Optional.of(error)));
    }
    return new Done(answers, List.of());
  }

  Done of(List<Step> batch) {
    List<Answer> answers = new ArrayList<>();
    List<Step.Written> written = new ArrayList<>();
    boolean flush = false;
    for (Step step : batch) {
      switch (step) {
        case Step.Piece piece -> write(piece);
        case Step.Written end -> {
          answers.add(Answer.of(end.cookie(), failed));
          if (failed.isEmpty()) written.add(end);
          failed = Optional.empty();
        }
        case Step.Read read -> answers.add(read(read));
        case Step.Flush(long cookie) -> {
          answers.add(Answer.of(cookie, Optional.empty()));
          flush = true;
        }
        case Step.Refused(long cookie, var error) ->
            answers.add(Answer.of(cookie, Optional.of(error)));
        case Step.Broken(long cookie, var error, var _) ->
            answers.add(Answer.of(cookie, Optional.of(error)));
        case Step.Disconnect _ -> {}
      }
    }
    if (written.isEmpty() && !flush) return new Done(answers, written);
    Optional<ErrorNumber> undurable = attempt(volume::flush);
    return undurable.isEmpty()
        ? new Done(answers, written)
        : new Done(answers.stream().map(answer -> spoilt(answer, undurable)).toList(), List.of());
  }

  /** What was to be durable is not; what was read, or refused, stays as it is. */
  private static Answer spoilt(Answer answer, Optional<ErrorNumber> error) {
    boolean asItIs = answer.error.isPresent() || answer.data.isPresent();
    return asItIs ? answer : Answer.of(answer.cookie, error);
  }

  /** Zeroes are kept as zeroes, and take no room. */
  private void write(Step.Piece piece) {
    if (failed.isPresent()) return;
    failed =
        attempt(() ->
            ZeroRuns.each(
                piece.offset(),
                piece.bytes(),
                new ZeroRuns.Sink() {
                  @Override
                  public void data(long offset, ByteBuffer bytes) {
                    volume.write(offset, bytes);
                  }

                  @Override
                  public void zeroes(long offset, int lengthBytes) {
                    volume.zero(offset, lengthBytes, ZeroMode.MAY_PUNCH);
                  }
                }));
  }

  private Answer read(Step.Read read) {
    ByteBuffer data = ByteBuffer.allocate(read.lengthBytes());
    Optional<ErrorNumber> error = attempt(() -> volume.read(read.offset(), data));
    return error.isPresent()
        ? Answer.of(read.cookie(), error)
        : new Answer(read.cookie(), error, Optional.of(data.flip()));
  }

  private Optional<ErrorNumber> attempt(Runnable call) {
    try {
      call.run();
      return Optional.empty();
    } catch (RuntimeException why) {
      return Optional.of(StoreFailure.errorNumber(why));
    }
  }
}
