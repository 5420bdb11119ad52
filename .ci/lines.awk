# Shows lines longer than 120 columns as the compiler shows an error. In pages, tables and listings may be wider.
# Runs with LC_ALL=C: a character in UTF-8 is one byte that is no continuation, and any number of those.
FNR == 1 { isPage = FILENAME ~ /\.md$/; isListing = 0 }
/^ *```/ { isListing = !isListing }
{ characters = $0; gsub(/[\200-\277]/, "", characters) }
length(characters) > 120 && !(isPage && (isListing || /^( *\||    )/)) {
    printf "%s(%d): error JT0120: the line has %d columns; 120 are the most\n", FILENAME, FNR, length(characters)
    tooLong = 1
}
END { exit tooLong }
