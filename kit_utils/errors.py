"""The errors that the kit raises: their messages say what was wrong, where, and what to do.

    KitError
        AnswerError                 what a student's code raised or returned
            StudentError            an exception in it                          (check)
            UnfitAnswer             a value that cannot be judged               (check)
                Undecided           ... or must be left to a person             (grading.wire)
                    Unsent          a test passes what cannot be sent           (grading.judge)
                Unfit               ... in the place of a value                 (grading.wire)
                WireError           a value that cannot be sent                 (grading.wire)
        GradingError                why grading cannot begin or go on; a RuntimeError
            NoBox                   this machine cannot make a box              (grading.box)
            NoCluster               there is no cluster that can grade          (grading.classrun)
            RunsAlready             another run grades the same assignment      (grading.classrun)
            ProcessLost             a process ended, or does not answer
                JudgeLost           nothing was decided                         (grading.judge)
                KernelLost          the kernel is not started again             (grading.pipeline)
                WorkerLost          a job was not executed                      (grading.classrun)
        CheckpointError             a file of weights; a RuntimeError           (training)
        Closed                      the wire was closed; an EOFError            (grading.wire)
        CommandError                a command cannot do what it was asked for   (apps)
        CourseError                 a roster, an archive or a copy; nothing was changed (course)
            UnreadableEntry         a file in an archive                        (course)
        DataError                   a data file; a ValueError                   (data)
        DownloadError               a file could not be fetched; an OSError     (data)
        HandInError                 nothing is handed in yet; a ValueError      (handin)
        PictureError                a picture is not shown; a ValueError        (pages)
        PredictionsError            a file of predictions; a ValueError         (handin)
        ProgramError                LaTeX or a browser failed; a RuntimeError   (report)
        Refused                     an expression is not evaluated; a ValueError            (check)
        StudentFunctionError        a function for a figure; a ValueError       (figures)
        TrainingError               training was given what it cannot use; a RuntimeError (training)
        Undefined               an expression has no value there; an ArithmeticError        (check)
        WriteupError                no report was written; a ValueError         (report)

Three are no KitError, nor an Exception at all, so that no `except Exception` takes them:
KernelUnresponsive (grading.judge), which no claim of a test may take for a wrong answer, Stopped
(grading.classrun), the KeyboardInterrupt of a run that is ending, and TrainingInterrupted
(training), that of a training, which says how to go on.
"""


class KitError(Exception):
    """Any error that the kit raises."""


class AnswerError(KitError):
    """What a student's code raised or returned."""


class GradingError(KitError, RuntimeError):
    """Why grading cannot begin or go on."""


class ProcessLost(GradingError):
    """A process ended in the middle of its work, or does not answer."""
