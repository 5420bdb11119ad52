using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Jobtree.Actors")]
[assembly: InternalsVisibleTo("Jobtree.Core.Tests")]
[assembly: InternalsVisibleTo("Jobtree.Actors.Tests")]
[assembly: InternalsVisibleTo("jobtree-bench")]
