"""Lists and sheets as files: .csv, .xlsx, .ods, .json."""
