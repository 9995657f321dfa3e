"""Lists for mail and CRM: made for all shoppers, written as rows of a file, and where their links lead."""
