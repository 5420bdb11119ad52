using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests;

public sealed class OwnerOnlyTests
{
    [Fact]
    public void Marking_what_is_marked_or_is_being_marked_is_no_failure()
    {
        var folder = Directory.CreateTempSubdirectory("jobtree-marks-");
        try
        {
            for (var attempt = 0; attempt < 500; attempt++)
            {
                var mark = Path.Combine(folder.FullName, $"reported-{attempt}");
                Parallel.For(0, 8, _ => OwnerOnly.Mark(mark));
                Assert.True(File.Exists(mark));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
