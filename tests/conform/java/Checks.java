import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Prints one line per check in the form that `cargo conform` reads. */
final class Checks {
    interface Body {
        void run() throws Exception;
    }

    private Checks() {
    }

    static void check(String name, Body body) {
        try {
            body.run();
            System.out.println("CHECK\t" + name + "\tpassed\t");
        } catch (Throwable problem) {
            Throwable cause = problem instanceof ExecutionException && problem.getCause() != null
                ? problem.getCause() : problem;
            StringWriter trace = new StringWriter();
            problem.printStackTrace(new PrintWriter(trace));
            System.err.println(name + ": " + trace);
            String text = String.valueOf(cause).replace('\n', ' ').replace('\t', ' ');
            System.out.println("CHECK\t" + name + "\tfailed\t" + text);
        }
        System.out.flush();
    }

    static void equal(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
        }
    }

    static void that(String what, boolean holds) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** Runs `body`, which must end with an error of this class (perhaps as the cause). */
    static <T extends Throwable> T fails(Class<T> kind, Callable<?> body) throws Exception {
        Object value;
        try {
            value = body.call();
        } catch (Throwable problem) {
            Throwable cause = problem;
            while (cause != null && !kind.isInstance(cause)) {
                cause = cause.getCause();
            }
            if (cause == null) {
                throw new AssertionError("expected " + kind.getSimpleName() + ", got " + problem, problem);
            }
            return kind.cast(cause);
        }
        throw new AssertionError("expected " + kind.getSimpleName() + ", got " + value);
    }

    static void done() {
        System.out.println("DONE");
        System.out.flush();
        System.exit(0);
    }
}
